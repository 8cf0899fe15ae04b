from fractions import Fraction

import pytest

from seedance_contract.declared.pixels import PIXELS, PIXELS_SOURCE, RATIOS, RESOLUTIONS


def test_ratios_and_resolutions() -> None:
    assert RATIOS == ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
    assert RESOLUTIONS == ("480p", "720p", "1080p", "4k")


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("480p", "16:9", (864, 496)),
        ("480p", "4:3", (752, 560)),
        ("480p", "21:9", (992, 432)),
        ("720p", "16:9", (1280, 720)),
        ("720p", "3:4", (834, 1112)),
        ("720p", "21:9", (1470, 630)),
        ("1080p", "1:1", (1440, 1440)),
        ("1080p", "9:16", (1080, 1920)),
        ("1080p", "21:9", (2206, 946)),
        ("4k", "16:9", (3840, 2160)),
        ("4k", "4:3", (3326, 2494)),
        ("4k", "21:9", (4398, 1886)),
    ],
)
def test_a_size_is_that_of_the_price_list(
    resolution: str, ratio: str, size: tuple[int, int]
) -> None:
    assert PIXELS[resolution, ratio] == size


def test_every_resolution_has_every_ratio() -> None:
    assert len(PIXELS) == 24
    assert {*PIXELS} == {(resolution, ratio) for resolution in RESOLUTIONS for ratio in RATIOS}


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize(("landscape", "portrait"), [("16:9", "9:16"), ("4:3", "3:4")])
def test_portrait_mirrors_landscape(resolution: str, landscape: str, portrait: str) -> None:
    assert PIXELS[resolution, portrait] == PIXELS[resolution, landscape][::-1]


@pytest.mark.parametrize(("resolution", "ratio"), PIXELS, ids=" ".join)
def test_a_size_has_about_its_ratio(resolution: str, ratio: str) -> None:
    width, height = PIXELS[resolution, ratio]

    exact = Fraction(*map(int, ratio.split(":")))

    assert Fraction(width, height) / exact == pytest.approx(1, abs=0.025)


def test_the_table_names_its_source() -> None:
    assert str(PIXELS_SOURCE) == "price list: output pixels"

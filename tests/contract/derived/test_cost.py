from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seedance_contract.declared.models import FAMILY, SEEDANCE_2_0
from seedance_contract.declared.operations import Body
from seedance_contract.derived.cost import (
    Video,
    cheaper_models,
    cost_usd,
    estimated_cost,
    requested_video,
    token_count,
)
from seedance_contract.derived.validation import Accepted, validate_request

IMAGE = "https://example.com/a.png"
VIDEO = "https://example.com/a.mp4"
TASK = "ldtask_0123456789abcdef0123456789abcdef"
BASE, FAST, MINI = [model.id for model in FAMILY if model.family == SEEDANCE_2_0]
RATIOS = ["16:9", "4:3", "1:1", "3:4", "9:16", "21:9"]


def normalised(**fields: object) -> Body:
    """Return a normalised request for a 720p video at 16:9, with other fields if given."""
    text = {"model": BASE, "prompt": "a boat", "aspect_ratio": "16:9"}
    result = validate_request({**text, **fields})
    assert isinstance(result, Accepted)
    return result.request


@pytest.mark.parametrize(
    ("video", "count"),
    [
        (Video(BASE, "720p", "16:9", 4), 87_300),
        (Video(BASE, "720p", "16:9", 5), 108_900),
        (Video(BASE, "720p", "16:9", 4, 4, True), 173_700),
        (Video(BASE, "480p", "16:9", 5), 50_639),
        (Video(BASE, "1080p", "1:1", 15), 731_025),
        (Video(BASE, "4k", "9:16", 4), 785_700),
        (Video(BASE, "720p", "16:9", 4, 0, True), 151_200),
        (Video(BASE, "720p", "16:9", 15, 5, True), 540_000),
        (Video(BASE, "720p", "16:9", 15, 15, True), 648_900),
    ],
    ids=[
        "4 s",
        "5 s",
        "4 s from 4 s",
        "a fraction counts as one",
        "1080p",
        "4k",
        "floor of 7 s",
        "floor of 25 s",
        "above the floor",
    ],
)
def test_tokens_of_a_video(video: Video, count: int) -> None:
    assert token_count(video) == count


@pytest.mark.parametrize(
    ("video", "price"),
    [
        (Video(BASE, "720p", "16:9", 5), "0.73667647"),
        (Video(FAST, "480p", "16:9", 5), "0.27553574"),
        (Video(MINI, "720p", "16:9", 4, 5, True), "0.40208824"),
        (Video(BASE, "720p", "16:9", 4, 4, True), "0.71523529"),
        (Video(BASE, "1080p", "1:1", 15), "5.48268750"),
        (Video(BASE, "4k", "9:16", 4), "3.00414706"),
    ],
)
def test_price_of_a_video(video: Video, price: str) -> None:
    assert str(cost_usd(video)) == price


@pytest.mark.parametrize(
    ("fields", "seconds", "has_input"),
    [
        ({}, 0, False),
        ({"image_url": IMAGE}, 0, False),
        ({"video_url": VIDEO}, 5, True),
        ({"reference_images": [IMAGE], "video_urls": [VIDEO] * 3}, 15, True),
        ({"operation": "video-extension", "video_url": VIDEO}, 5, True),
        ({"task_id": TASK}, 5, True),
    ],
    ids=["text", "image", "video", "three videos", "extension", "task"],
)
def test_a_video_input_counts_five_seconds(fields: Body, seconds: int, has_input: bool) -> None:
    video = requested_video(normalised(**fields))

    assert (video.input_seconds, video.has_video_input) == (seconds, has_input)


def test_the_length_of_inputs_can_be_set() -> None:
    video = requested_video(normalised(video_urls=[VIDEO, VIDEO]), input_seconds=3)

    assert (video.input_seconds, video.has_video_input) == (6, True)


def test_inputs_of_length_zero_are_inputs() -> None:
    video = requested_video(normalised(video_url=VIDEO), input_seconds=0)

    assert (video.input_seconds, video.has_video_input) == (0, True)


def test_a_continued_task_counts_its_own_length() -> None:
    video = requested_video(normalised(task_id=TASK), continued_seconds=9)

    assert (video.input_seconds, video.has_video_input) == (9, True)


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_requested_ratio_is_used(ratio: str) -> None:
    assert requested_video(normalised(aspect_ratio=ratio, image_url=IMAGE)).ratio == ratio


def test_a_video_has_the_documented_size() -> None:
    video = requested_video(normalised(aspect_ratio="21:9", resolution="4k", duration=7))

    assert (video.size, video.seconds) == ((4398, 1886), 7)


def test_adaptive_text_is_sixteen_to_nine() -> None:
    assert requested_video(normalised(aspect_ratio="adaptive")).ratio == "16:9"


def test_adaptive_media_have_any_ratio() -> None:
    requests = [normalised(aspect_ratio="adaptive", image_url=IMAGE, seed=n) for n in range(60)]

    assert {requested_video(request).ratio for request in requests} == {*RATIOS}


def test_an_adaptive_continuation_has_any_ratio() -> None:
    requests = [normalised(aspect_ratio="adaptive", task_id=TASK, seed=n) for n in range(60)]

    assert {requested_video(request).ratio for request in requests} == {*RATIOS}


def test_a_free_length_is_4_to_15_seconds() -> None:
    requests = [normalised(duration=-1, seed=seed) for seed in range(200)]

    assert {requested_video(request).seconds for request in requests} == {*range(4, 16)}


def test_a_choice_depends_only_on_the_request() -> None:
    fields = {"duration": -1, "aspect_ratio": "adaptive", "image_url": IMAGE}

    first = requested_video(normalised(**fields))
    second = requested_video(dict(reversed(list(normalised(**fields).items()))))

    assert first == second


def test_an_estimate_is_the_cost() -> None:
    request = normalised(duration=5)

    assert str(estimated_cost(request, requested_video(request))) == "0.73667647"


def test_a_free_length_is_estimated_for_the_longest() -> None:
    request = normalised(duration=-1)

    assert str(estimated_cost(request, requested_video(request))) == "2.19785294"


@given(seed=st.integers(0, 10_000), media=st.sampled_from([{}, {"video_url": VIDEO}]))
def test_an_estimate_is_never_too_low(seed: int, media: Body) -> None:
    request = normalised(duration=-1, seed=seed, **media)
    video = requested_video(request)

    assert estimated_cost(request, video) >= cost_usd(video)


@pytest.mark.parametrize(
    ("video", "models"),
    [
        (Video(BASE, "720p", "16:9", 5), [MINI, FAST]),
        (Video(BASE, "480p", "16:9", 5, 5, True), [MINI, FAST]),
        (Video(FAST, "720p", "16:9", 5), [MINI]),
        (Video(MINI, "720p", "16:9", 5), []),
        (Video(BASE, "1080p", "16:9", 5), []),
        (Video(BASE, "4k", "16:9", 5), []),
    ],
)
def test_cheaper_models(video: Video, models: list[str]) -> None:
    assert cheaper_models(video) == models


ROWS = [
    (BASE, ("480p", "720p")),
    (BASE, ("1080p",)),
    (BASE, ("4k",)),
    (FAST, ("480p", "720p")),
    (MINI, ("480p", "720p")),
]
seconds = st.integers(4, 15)


@st.composite
def videos(draw: st.DrawFn, model: str, resolutions: tuple[str, ...]) -> Video:
    """Videos of one row of the price book."""
    has_input = draw(st.booleans())
    return Video(
        model=model,
        resolution=draw(st.sampled_from(resolutions)),
        ratio=draw(st.sampled_from(RATIOS)),
        seconds=draw(seconds),
        input_seconds=draw(st.integers(0, 45)) if has_input else 0,
        has_video_input=has_input,
    )


any_video = st.sampled_from(ROWS).flatmap(lambda row: videos(*row))


@given(video=any_video, longer=seconds)
def test_a_longer_video_costs_more(video: Video, longer: int) -> None:
    assume(longer > video.seconds)

    assert cost_usd(video._replace(seconds=longer)) > cost_usd(video)


@given(row=st.sampled_from(ROWS), data=st.data())
def test_a_larger_video_costs_no_less(
    row: tuple[str, tuple[str, ...]], data: st.DataObject
) -> None:
    video = data.draw(videos(*row))
    resolution = data.draw(st.sampled_from(row[1]))
    another = video._replace(resolution=resolution, ratio=data.draw(st.sampled_from(RATIOS)))

    small, large = sorted((video, another), key=lambda video: video.size[0] * video.size[1])

    assert cost_usd(small) <= cost_usd(large)


@given(video=any_video, added=st.integers(1, 15))
def test_a_longer_input_costs_no_less(video: Video, added: int) -> None:
    assume(video.has_video_input)

    longer = video._replace(input_seconds=video.input_seconds + added)

    assert cost_usd(longer) >= cost_usd(video)


@given(video=any_video)
def test_a_price_has_eight_decimals(video: Video) -> None:
    price = cost_usd(video)

    assert price > 0
    assert price.as_tuple().exponent == -8
    assert price == Decimal(str(price))

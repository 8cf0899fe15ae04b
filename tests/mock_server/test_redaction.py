from __future__ import annotations

import pytest

from seedance_mock.redaction import summary


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", "(data URL, 34 characters)"),
        ("https://example.com/image.png", "(URL, 29 characters)"),
        ("asset://asset-20260101000000-abcde", "(34 characters)"),
        (["https://example.com/image.png"] * 2, "(2 entries)"),
        ({"sk-test": 1}, "(not shown)"),
        (7, "(not shown)"),
    ],
    ids=["data-url", "url", "asset", "list", "object", "number"],
)
def test_medium_is_shown_by_its_kind(value: object, shown: str) -> None:
    assert summary({"image_url": value}) == {"image_url": shown}

"""Text from subjects cannot harm a terminal, a table or a document."""

import pytest

from seedance_contract.reports.text import one_line, printable_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", "�[31mred�"),
        ("a\u2028b\u202ec\ud800", "a�b�c�"),
        ("line\n\ttab 🎬", "line\n\ttab 🎬"),
    ],
)
def test_what_is_not_printable_is_replaced(text: str, shown: str) -> None:
    assert printable_text(text) == shown


@pytest.mark.parametrize(
    ("text", "length", "line"),
    [("a\n  b\tc", None, "a b c"), ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…")],
)
def test_one_line_is_cut(text: str, length: int | None, line: str) -> None:
    assert one_line(text, length) == line

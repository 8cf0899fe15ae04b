from pathlib import Path

import pytest

from seedance_contract.derived.tables import TABLES, markdown_table, update_tables, write_tables


def test_a_table_is_markdown() -> None:
    assert markdown_table(("a", "b"), [(1, "x"), (2, "y")]) == (
        "| a | b |\n| --- | --- |\n| 1 | x |\n| 2 | y |"
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("models", "| `seedance-2.0-mini` | `480p` `720p` | 9 `reference_images`, 3 `video_urls`"),
        ("operations", "| `video-extension` | `task_id` or `video_url` | `extend_at` `extend_ti"),
        ("operations", "| `text-to-video` | `prompt` | – |"),
        ("prices", "| `seedance-2.0` | `4k` | 3.82352941 | 2.35294118 |"),
        ("pixels", "| `720p` | 1280×720 | 1112×834 | 960×960 | 834×1112 | 720×1280 | 1470×630 |"),
        ("errors", "| 409 | `task_not_cancellable` | `invalid_request_error` | no |"),
        ("endpoints", "| `DELETE /v1/tasks/{id}` | Cancel a task that has not started | required"),
        ("rules", "| `seed.range` | seed must be -1 to 4294967295 | `out_of_range` | openapi"),
    ],
)
def test_a_table_has_the_facts(name: str, line: str) -> None:
    assert line in TABLES[name]()


def test_only_known_tables_are_updated() -> None:
    text = "a\n<!-- table: x -->\nold\n<!-- end -->\n<!-- table: y -->\nmine\n<!-- end -->\n"

    updated = update_tables(text, {"x": lambda: "new"})

    assert updated == text.replace("old", "new")


def test_a_file_is_updated(tmp_path: Path) -> None:
    file = tmp_path / "doc.md"
    file.write_text("<!-- table: pixels -->\n<!-- end -->\n")

    write_tables([str(file)], TABLES)

    assert TABLES["pixels"]() in file.read_text()

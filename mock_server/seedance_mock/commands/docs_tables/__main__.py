"""Rewrites the tables in files, and in the Markdown files of folders.

python -m seedance_mock.commands.docs_tables README.md docs
"""

from __future__ import annotations

import sys
from pathlib import Path

from seedance_contract.derived.tables import write_tables
from seedance_mock.commands.docs_tables import TABLES, markdown_files

write_tables([str(path) for path in markdown_files(map(Path, sys.argv[1:]))], TABLES)

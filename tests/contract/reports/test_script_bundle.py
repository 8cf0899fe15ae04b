"""Modules become one script: in the order of their imports, each with its own names."""

from __future__ import annotations

import pytest

from seedance_contract.reports.script_bundle import bundle

MAIN = """import { shown } from "./view.js";
import { first, second } from "./data.js";
shown(first, second);
"""
VIEW = """import { first } from "./data.js";
const name = "view";
export async function shown() {}
"""
DATA = """export const first = 1;
export const second = 2;
"""
MODULES = {"main": MAIN, "view": VIEW, "data": DATA}


def test_modules_follow_what_they_import() -> None:
    assert bundle("main", MODULES.__getitem__) == (
        '(() => {\n"use strict";\nconst modules = {};\n'
        "modules.data = (() => {\nconst first = 1;\nconst second = 2;\n"
        "return { first, second };\n})();\n"
        "modules.view = (() => {\nconst { first } = modules.data;\n"
        'const name = "view";\nasync function shown() {}\nreturn { shown };\n})();\n'
        "modules.main = (() => {\nconst { shown } = modules.view;\n"
        "const { first, second } = modules.data;\nshown(first, second);\nreturn {  };\n})();\n"
        "})();"
    )


def test_modules_must_not_import_each_other() -> None:
    modules = {
        "egg": 'import { hen } from "./hen.js";\n',
        "hen": 'import { egg } from "./egg.js";\n',
    }

    with pytest.raises(ValueError, match="modules import each other: hen -> egg -> hen"):
        bundle("hen", modules.__getitem__)

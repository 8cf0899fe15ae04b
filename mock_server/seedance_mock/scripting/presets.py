"""The presets: named situations that stand for other words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class PresetKind(NamedTuple):
    """A preset: a word that stands for other words."""

    name: str
    words: str
    description: str


PRESETS: Mapping[str, PresetKind] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            PresetKind("ok", "", "pending, processing, completed"),
            PresetKind("slow", "queue-90s run-180s", "90 s in the queue, 3 min running"),
            PresetKind("stuck", "end-never", "processing for ever"),
            PresetKind("policy", "end-failed", "the task fails, with a string"),
            PresetKind("crash", "end-failed err-object", "the task fails, with an object"),
            PresetKind("odd", "shape-odd", "unusual but legal responses"),
            PresetKind("broke", "balance-0c", "402 insufficient_balance"),
            PresetKind("capped", "quota-0c", "402 quota_exceeded"),
            PresetKind("revoked", "key-revoked", "401 invalid_api_key"),
            PresetKind("expired", "key-expired", "401 expired_api_key"),
            PresetKind("locked", "create-model-not-allowedx0", "403 model_not_allowed"),
            PresetKind("race", "cancel-409x0", "cancel is too late, the task completes"),
            PresetKind("nocancel", "cancel-400x0", "the model cannot be cancelled"),
            PresetKind("material", "create-409x2", "409 preparing, twice"),
            PresetKind("busy", "any-429x2 retry-2s", "the first two requests are 429"),
            PresetKind(
                "flaky",
                "create-503 poll-503 cancel-503 models-503 pricing-503 asset-503",
                "503 at the first request of each kind",
            ),
            PresetKind("down", "any-503x0", "503 for ever"),
            PresetKind("lostreply", "create-reset+", "create is applied, its response is lost"),
            PresetKind("lostreq", "create-reset", "create is lost before it is applied"),
            PresetKind("hang", "create-hang+", "create is applied, no response is sent"),
            PresetKind("cut", "create-cut poll-cut", "responses end in the middle, once"),
            PresetKind("html", "create-html poll-html", "502 with an HTML page, once"),
            PresetKind("drip", "any-dripx0", "one byte per 20 ms"),
            PresetKind(
                "stray", "at-foreign poll-redirect", "poll_url and redirects lead to other origins"
            ),
            PresetKind("gone", "poll-404x0~3", "the task is 404 after two polls"),
            PresetKind(
                "stranger", "poll-403x0 cancel-403x0", "the task belongs to another workspace"
            ),
        )
    }
)
"""The presets by name."""

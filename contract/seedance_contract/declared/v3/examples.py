"""An example request of v3."""

from __future__ import annotations

from seedance_contract.declared.v3.rules.content_samples import text_item


def example_v3_request(model: str = "doubao-seedance-2-0-260128") -> dict[str, object]:
    """Return a small legal request."""
    return {"model": model, "content": [text_item()], "ratio": "16:9", "duration": 5}

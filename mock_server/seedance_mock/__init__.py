"""A mock server of the TokenLab Seedance video API that keeps the documented contract."""

from __future__ import annotations

__version__: str
"""The version of the installed package."""


def __getattr__(name: str) -> str:
    """Read the version from the metadata when it is asked for (PEP 562)."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Not at the top: the import takes 10 ms of the start of the server, which does not need it.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("seedance-mock")
    except PackageNotFoundError:
        raise AttributeError("seedance-mock is not installed, so it has no version") from None

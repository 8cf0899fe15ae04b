"""Command lines that send a request again, for reports. The API key never appears in them."""

from __future__ import annotations

import re
import shlex

from seedance_contract.server.exchange import SentRequest

KEY_VARIABLE = "TOKENLAB_API_KEY"
"""The shell variable that stands for the API key."""

KEY_PLACEHOLDER = f"${KEY_VARIABLE}"

# The body that exceeds the server's limit (32 MiB) would fill the report, and Linux passes at most
# 128 KiB in one argument. The longest of 1,000 generated bodies had 995 characters.
MAX_BODY_SHOWN = 4_000

CLIENT_HEADERS = ("content-length", "user-agent", "accept", "accept-encoding", "connection", "host")
"""Headers that curl adds on its own."""


def curl_command(request: SentRequest) -> str:
    """Return a command line that sends the request again, with the key taken from a variable."""
    key = request.key
    words = ["curl", "-sS", "-i", "-X", request.method, _quoted(request.url, key)]
    for name, value in request.headers.items():
        if not _is_added_by_client(name):
            words += ["-H", _quoted(f"{name}: {value}", key)]
    if request.body is not None:
        words += ["--data-binary", _quoted_body(request.body, key)]
    return " ".join(words)


def _is_added_by_client(name: str) -> bool:
    return name.lower() in CLIENT_HEADERS or name.lower().startswith("x-schemathesis")


# Nothing in these characters has a meaning for a shell inside double quotes.
_PLAIN_TEXT = re.compile(r"[\w:/. -]*", re.ASCII).fullmatch


def _quoted(text: str, key: str | None) -> str:
    """Quote a text for a shell, with the variable in place of the key."""
    if key is None:
        return shlex.quote(text)
    before, separator, after = text.partition(key)
    if separator and not after and _PLAIN_TEXT(before):
        return f'"{before}{KEY_PLACEHOLDER}"'
    # A variable is not expanded inside single quotes, so the text is quoted in pieces.
    pieces = [shlex.quote(piece) if piece else "" for piece in text.split(key)]
    return f'"{KEY_PLACEHOLDER}"'.join(pieces) or "''"


def _quoted_body(body: bytes, key: str | None) -> str:
    try:
        return _quoted(body.decode()[:MAX_BODY_SHOWN], key)
    except UnicodeDecodeError:
        pass
    # Bytes that are not UTF-8 have no spelling but $'…', which bash and zsh understand.
    pieces = [body] if key is None else body.split(key.encode())
    return f'"{KEY_PLACEHOLDER}"'.join(_quoted_bytes(piece[:MAX_BODY_SHOWN]) for piece in pieces)


def _quoted_bytes(piece: bytes) -> str:
    return "$'" + "".join(f"\\x{byte:02x}" for byte in piece) + "'"

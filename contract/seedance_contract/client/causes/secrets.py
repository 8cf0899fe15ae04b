"""Causes around keys, prompts and links: where they go, and where they must not."""

from __future__ import annotations

from seedance_contract.cause import Cause, code
from seedance_contract.declared.sources import page

CAUSES = (
    Cause(
        id="key-sent-elsewhere",
        title="The API key is sent to another host",
        happened="A URL in a response, or a redirect, led to another host or port. The client sent"
        " its API key there.",
        consequence="Whoever runs that host, or reads its logs, can spend the whole balance.",
        fix="Set the Authorization header for each request to the API, not for the whole session."
        " Compare scheme, host and port with the base URL first. Do not follow redirects of API"
        " requests. Download videos without the key.",
        hints={
            "python": code("""
                def headers_for(url):
                    here, api = urllib.parse.urlsplit(url), urllib.parse.urlsplit(base_url)
                    same = (here.scheme, here.netloc) == (api.scheme, api.netloc)
                    return {"Authorization": f"Bearer {key}"} if same else {}

                httpx.get(url, headers=headers_for(url), follow_redirects=False)
            """),
            "javascript": code("""
                const sameOrigin = new URL(url, baseUrl).origin === new URL(baseUrl).origin;
                const headers = sameOrigin ? { Authorization: `Bearer ${key}` } : {};
                await fetch(url, { headers, redirect: "manual" });
            """),
        },
        source=page("authentication, observability"),
    ),
    Cause(
        id="key-exposed",
        title="The API key appears where others can read it",
        happened="The key was found in a URL, in a body, in the output, in an argument or in a"
        " file.",
        consequence="Logs, process lists and CI pages are read by many people and programs, and"
        " the key spends money.",
        fix="Send the key in the Authorization header only, and pass it to programs in an"
        " environment variable. Remove headers before you log a request.",
        hints={
            "python": code("""
                safe = {**request.headers, "authorization": "[redacted]"}
                log.info("%s %s %s", request.method, request.url.path, safe)
            """),
            "javascript": code("""
                const { authorization, ...safe } = Object.fromEntries(request.headers);
                console.log(request.method, new URL(request.url).pathname, safe);
            """),
        },
        source=page("observability, authentication"),
    ),
    Cause(
        id="prompt-exposed",
        title="Prompts are written to logs or sent to others",
        happened="The prompt of the user was found in the output, or in a request to another host.",
        consequence="Prompts are data of users, and can be confidential.",
        fix="Log ids and statuses, not bodies. Do not follow a redirect of a create.",
        source=page("observability"),
    ),
    Cause(
        id="credentials-malformed",
        title="The API key is not sent as documented",
        happened="A request had no bearer token, more than one, or other credentials beside it.",
        consequence="The API refuses such requests with a 401, or uses a key that was not meant.",
        fix="Send one header `Authorization: Bearer` with the key. Look for a netrc file, a proxy"
        " or a session that adds a second one.",
        hints={
            "python": code("""
                session = requests.Session()
                session.trust_env = False  # or ~/.netrc replaces the header
                session.headers["Authorization"] = f"Bearer {key}"
            """),
            "javascript": "const headers = { Authorization: `Bearer ${key}` };",
        },
        source=page("authentication"),
    ),
)
"""The causes, the costliest first."""

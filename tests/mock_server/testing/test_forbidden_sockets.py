"""The mock in tests that forbid sockets with pytest-socket, or in which none is left."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from seedance_mock.testing.loop_thread import LoopStartError, LoopThread

pytestmark = pytest.mark.usefixtures("unmeasured")

Run = Callable[..., pytest.RunResult]

TESTS = """
    import httpx
    from urllib.request import urlopen

    def test_in_process(seedance_router, seedance_key):
        headers = {"Authorization": f"Bearer {seedance_key}"}
        assert httpx.get("https://api.tokenlab.sh/v1/models", headers=headers).is_success

    def test_live(seedance_url):
        urlopen(f"{seedance_url}/v1/models").close()
"""


@contextmanager
def no_free_file_descriptor() -> Iterator[None]:
    """Let the process open nothing more."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open("/dev/null") as file:
        resource.setrlimit(resource.RLIMIT_NOFILE, (file.fileno(), limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_forbidden_sockets_are_an_error_at_once(run: Run) -> None:
    # pytest-socket warns too, and the runs of these tests make errors of warnings.
    options = ("-p", "pytest_socket", "--disable-socket", "-W", "ignore::UserWarning")

    result = run(TESTS, *options)

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "E*LoopStartError: the event loop of the mock cannot start: SocketBlockedError: A test"
            " tried to use socket.socket.*--allow-unix-socket*",
        ]
    )


def test_unix_sockets_are_enough_in_process(run: Run) -> None:
    options = ("--disable-socket", "--allow-unix-socket", "-k", "not live")

    run(TESTS, "-p", "pytest_socket", *options).assert_outcomes(passed=1, deselected=1)


def test_the_local_host_is_enough_for_a_port(run: Run) -> None:
    run(TESTS, "-p", "pytest_socket", "--allow-hosts=127.0.0.1").assert_outcomes(passed=2)


def test_a_loop_without_file_descriptors_is_an_error() -> None:
    loop = LoopThread()
    with no_free_file_descriptor(), pytest.raises(LoopStartError, match="Too many open files"):
        loop.run(nothing())

    gc.collect()
    assert loop.run(nothing()) is None
    loop.close()


async def nothing() -> None:
    pass

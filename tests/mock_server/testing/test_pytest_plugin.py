"""The pytest plugin in separate pytest runs, as users have them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

slow = pytest.mark.slow("packaging")

TESTS = """
    import os
    from urllib.request import Request, urlopen
    import httpx, httpx2, pytest

    pytestmark = pytest.mark.seedance("balance-50c")
    BODY = {"model": "seedance-2.0-mini", "prompt": "a paper boat", "resolution": "480p"}
    CREATE = "/v1/videos/generations"
    HOST = "https://api.tokenlab.sh"
    keys = set()

    def bearer(key):
        return {"Authorization": f"Bearer {key}"}

    def test_live(seedance_server, seedance_url, seedance_key, seedance_journal):
        keys.add(seedance_key)
        request = Request(seedance_url + "/v1/models", headers=bearer(seedance_key))
        with urlopen(request) as response:
            assert response.status == 200
        [entry] = seedance_journal.entries()
        assert (entry.place, entry.turn) == ("models", 1)
        assert seedance_server.url == seedance_url

    def test_environment(seedance_env, seedance_key, seedance_journal):
        keys.add(seedance_key)
        assert os.environ["TOKENLAB_API_KEY"] == seedance_key
        url = os.environ["TOKENLAB_BASE_URL"]
        assert httpx.post(url + CREATE, json=BODY, headers=bearer(seedance_key)).is_success
        seedance_journal.assert_creates(1)

    def test_environment_is_restored(seedance_key):
        keys.add(seedance_key)
        assert "TOKENLAB_BASE_URL" not in os.environ

    @pytest.mark.parametrize("number", [1, 2])
    def test_each_parameter_has_a_new_key(number, seedance_key):
        assert seedance_key not in keys
        keys.add(seedance_key)

    class TestMarkers:
        pytestmark = pytest.mark.seedance("create-503x2")

        @pytest.mark.seedance("create-429", "retry-5s")
        def test_add_up(self, seedance_router, seedance_key, seedance_control, seedance_account):
            words = seedance_control.account(seedance_account.name).words
            assert words == "clock-polls.balance-50c.create-503x2.create-429.retry-5s"
            responses = [
                httpx.post(HOST + CREATE, json=BODY, headers=bearer(seedance_key)) for _ in range(4)
            ]
            assert [response.status_code for response in responses] == [503, 503, 429, 200]
            assert responses[2].headers["Retry-After"] == "5"

    def test_a_clock_stands_still(seedance_httpx2_transport, seedance_key, seedance_clock):
        with httpx2.Client(
            transport=seedance_httpx2_transport, base_url=HOST, headers=bearer(seedance_key)
        ) as client:
            poll_url = client.post(CREATE, json=BODY).json()["poll_url"]
            assert [client.get(poll_url).json()["status"] for _ in range(9)] == ["pending"] * 9
            seedance_clock.advance(60)
            assert client.get(poll_url).json()["status"] == "completed"

    @pytest.mark.parametrize("words, advances", [("", False), ("clock-polls", True)])
    def test_a_late_clock_stands_still(request, seedance_control, words, advances):
        request.node.add_marker(pytest.mark.seedance(words))
        account = request.getfixturevalue("seedance_account")
        request.getfixturevalue("seedance_clock")
        mode = seedance_control.account(account.name).mode
        assert mode == ("polls" if advances else "frozen")

    def test_without_a_clock_polls_advance_tasks(seedance_httpx_transport, seedance_key):
        with httpx.Client(
            transport=seedance_httpx_transport, base_url=HOST, headers=bearer(seedance_key)
        ) as client:
            poll_url = client.post(CREATE, json=BODY).json()["poll_url"]
            statuses = [client.get(poll_url).json()["status"] for _ in range(9)]
            assert statuses[-1] == "completed"

    def test_the_app_is_available(seedance_app, seedance_in_process):
        assert seedance_app is seedance_in_process.app
"""


@pytest.mark.parametrize("mode", ["importlib", pytest.param("prepend", marks=slow)])
def test_fixtures_work_together(mode: str, run: Run) -> None:
    run(TESTS, f"--import-mode={mode}").assert_outcomes(passed=11)


def test_an_overridden_fixture_chooses_settings(run: Run) -> None:
    run(
        """
        import httpx, pytest
        from seedance_mock.testing import InProcess, Settings

        @pytest.fixture(scope="session")
        def seedance_in_process():
            with InProcess(Settings(public_url="https://cdn.example.com")) as mock:
                yield mock

        def test_it(seedance_router):
            assert httpx.get("https://cdn.example.com/healthz").status_code == 200
        """
    ).assert_outcomes(passed=1)


def test_each_xdist_worker_has_a_server(run: Run, pytester: pytest.Pytester) -> None:
    result = run(
        """
        import pathlib, pytest
        from urllib.request import urlopen

        @pytest.mark.parametrize("number", range(6))
        def test_it(number, seedance_url, seedance_account, worker_id):
            urlopen(f"{seedance_url}/v1/models").close()
            pathlib.Path(f"{worker_id}-{seedance_url.rpartition(':')[2]}").touch()
        """,
        *("-p", "xdist", "-n", "2", "--dist", "each"),
    )

    result.assert_outcomes(passed=12)
    servers = sorted(path.name.split("-") for path in pytester.path.glob("gw*"))
    assert [worker for worker, _ in servers] == ["gw0", "gw1"]
    assert servers[0][1] != servers[1][1]


ASYNCHRONOUS = """
    import httpx, httpx2, pytest

    URL = "https://api.tokenlab.sh/v1/models"

    @pytest.mark.{marker}
    async def test_router(seedance_router, seedance_key, seedance_journal):
        headers = {{"Authorization": f"Bearer {{seedance_key}}"}}
        async with httpx.AsyncClient(headers=headers) as client:
            assert (await client.get(URL)).status_code == 200
        assert len(seedance_journal.entries()) == 1

    @pytest.mark.{marker}
    @pytest.mark.seedance("models-reset")
    async def test_transport(seedance_httpx2_transport, seedance_key, seedance_clock):
        headers = {{"Authorization": f"Bearer {{seedance_key}}"}}
        async with httpx2.AsyncClient(
            transport=seedance_httpx2_transport, headers=headers
        ) as client:
            with pytest.raises(httpx2.ReadError):
                await client.get(URL)
            assert (await client.get(URL)).status_code == 200
"""


def test_pytest_asyncio(run: Run) -> None:
    options = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function")

    run(ASYNCHRONOUS.format(marker="asyncio"), *options).assert_outcomes(passed=2)


def test_anyio_on_both_its_backends(run: Run) -> None:
    text = ASYNCHRONOUS.format(marker="anyio")

    run(text, "-p", "anyio.pytest_plugin").assert_outcomes(passed=4)


FAILING = """
    import httpx, pytest

    @pytest.mark.seedance("create-503")
    def test_it(seedance_router, seedance_key):
        headers = {"Authorization": f"Bearer {seedance_key}"}
        body = {"model": "seedance-2.0", "prompt": "a private matter"}
        for _ in range(2):
            httpx.post(
                "https://api.tokenlab.sh/v1/videos/generations", json=body, headers=headers
            )
        pytest.fail("as it should")

    def test_no_request(seedance_key):
        pytest.fail("as it should")

    def test_without_fixtures():
        pytest.fail("as it should")

    @pytest.fixture
    def broken(seedance_key):
        raise RuntimeError

    def test_setup(broken):
        pass

    def test_passes(seedance_key):
        pass
"""


@pytest.mark.parametrize(
    "workers",
    [
        pytest.param((), id="alone"),
        pytest.param(("-p", "xdist", "-n", "1"), id="xdist", marks=slow),
    ],
)
def test_a_failure_shows_the_journal(workers: tuple[str, ...], run: Run) -> None:
    result = run(FAILING, "--tb=line", "-rA", *workers)

    result.assert_outcomes(passed=1, failed=3, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*- seedance journal -*",
            "+* s  POST /v1/videos/generations  503 all_channels_failed (create-503: not applied)",
            "+* s  POST /v1/videos/generations  200 pending",
        ]
    )
    assert result.stdout.str().count("- seedance journal -") == 3
    assert result.stdout.str().count("No request reached the mock.") == 2
    assert "private" not in result.stdout.str()
    assert "sk-mock" not in result.stdout.str()


def test_an_unknown_word_is_an_error_at_setup(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.seedance("flakey")
        def test_typo(): pass

        @pytest.mark.seedance(503)
        def test_number(): pass

        @pytest.mark.seedance(words="busy")
        def test_named(): pass

        @pytest.mark.seedance
        def test_none(seedance_key): pass
        """
    )

    result.assert_outcomes(passed=1, errors=3)
    output = result.stdout.str()
    assert "'flakey' is not a word of the mock; did you mean 'flaky'?" in output
    assert output.count("takes strings only, one for each word") >= 2
    assert "pytest_plugin.py" not in output


def test_a_marker_without_effect_is_a_warning(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.seedance("create-503")
        def test_no_fixture(): pass

        @pytest.mark.seedance("create-503")
        def test_no_account(seedance_url): pass

        @pytest.mark.seedance("create-503")
        def test_late(request):
            assert "create-503" in request.getfixturevalue("seedance_key")

        @pytest.mark.seedance("create-503")
        def test_skipped(): pytest.skip("as it should")

        @pytest.mark.seedance("create-503")
        class TestClass:
            def test_some_only(self): pass
        """
    )

    # The runs of these tests make errors of warnings.
    result.assert_outcomes(passed=2, failed=2, skipped=1)
    result.stdout.fnmatch_lines(["*PytestWarning: @pytest.mark.seedance has no effect, *"])


def test_pytest_httpx_would_take_the_requests_of_the_router(run: Run) -> None:
    result = run(
        """
        import httpx, pytest

        URL = "https://api.tokenlab.sh/v1/models"
        pass_requests = pytest.mark.httpx_mock(
            should_mock=lambda request: request.url.host != "api.tokenlab.sh"
        )

        def test_first(httpx_mock, seedance_router): pass

        def test_second(seedance_router, httpx_mock): pass

        @pass_requests
        def test_both(seedance_router, seedance_key, httpx_mock):
            httpx_mock.add_response(url="https://example.com/", status_code=204)
            headers = {"Authorization": f"Bearer {seedance_key}"}
            assert httpx.get(URL, headers=headers).status_code == 200
            assert httpx.get("https://example.com/").status_code == 204

        def test_transport(seedance_httpx_transport, seedance_key, httpx_mock):
            headers = {"Authorization": f"Bearer {seedance_key}"}
            with httpx.Client(transport=seedance_httpx_transport, headers=headers) as client:
                assert client.get(URL).status_code == 200
        """,
        *("-p", "pytest_httpx"),
    )

    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["*httpx_mock of pytest_httpx takes every request before *"])


def test_the_marker_is_documented(run: Run) -> None:
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.seedance(?words): the script *"])


def test_every_fixture_is_documented(run: Run) -> None:
    output = run("", "--fixtures").stdout.str()

    assert output.count("\nseedance_") == 14
    assert "no docstring available" not in output


def test_importing_the_plugin_loads_nothing_else() -> None:
    program = (
        "import sys, pytest; before = {*sys.modules}; import seedance_mock.testing.pytest_plugin\n"
        "print(*{name.partition('.')[0] for name in {*sys.modules} - before})"
        "\nprint(*(name for name in {*sys.modules} - before if name.startswith('seedance')))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    packages, modules = (set(line.split()) for line in ended.stdout.splitlines())
    assert packages - {*sys.stdlib_module_names} == {"seedance_mock"}
    assert modules == {
        "seedance_mock",
        "seedance_mock.testing",
        "seedance_mock.testing.pytest_plugin",
    }


def test_an_unused_plugin_loads_no_library(run: Run) -> None:
    run(
        """
        import sys

        def test_it():
            heavy = {"anyio", "click", "httpx", "httpx2", "respx", "starlette", "uvicorn"}
            assert heavy.isdisjoint(sys.modules)
            assert "seedance_contract" not in sys.modules
        """
    ).assert_outcomes(passed=1)


def test_pytest_finds_the_plugin(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    pytester.makepyfile("def test_it(seedance_key): assert seedance_key.startswith('sk-mock-')")
    # Other plugins that are installed here take longer than the run.
    unused = ["asyncio", "fakefs", "freezer", "pytest_httpx", "schemathesis", "socket"]

    result = pytester.runpytest_subprocess(*(f"-pno:{name}" for name in unused))

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["plugins: *seedance-mock-*"])

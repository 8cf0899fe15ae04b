"""The example clients: what each needs to run, and its command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from seedance_contract.client.catalogue import CASES

EXAMPLES = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleClient:
    """An example client.

    Args:
        file: the source file, relative to `examples/`.
        programs: the programs that it needs. The first runs the file if there is no `build`.
        build: the command that compiles `{file}` into `{folder}`.
        run: the command that runs what was compiled into `{folder}`.
        php_extension: an extension that the installed PHP must have.
        dialects: the dialects of the API that it speaks.
    """

    file: str
    programs: tuple[str, ...]
    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    php_extension: str = ""
    dialects: tuple[str, ...] = ("v1",)

    def cases(self) -> list[str]:
        """Return the ids of the cases in the dialects that the client speaks."""
        return [name for name, case in CASES.items() if case.dialect.name in self.dialects]

    def missing(self) -> list[str]:
        """Return what is not installed here but needed."""
        missing = [name for name in self.programs if shutil.which(name) is None]
        if not missing and self.php_extension and not _php_has(self.php_extension):
            missing.append(f"the PHP extension {self.php_extension}")
        return missing

    def command(self, folder: Path) -> tuple[str, ...]:
        """Return the command line that runs the client. Compile it into `folder` if necessary."""
        file = str(EXAMPLES / self.file)
        if not self.build:
            return (self.programs[0], file)
        subprocess.run([part.format(file=file, folder=folder) for part in self.build], check=True)
        return tuple(part.format(folder=folder) for part in self.run)


def _php_has(extension: str) -> bool:
    command = ["php", "-r", f"exit(extension_loaded('{extension}') ? 0 : 1);"]
    return subprocess.run(command).returncode == 0


REFERENCE = {
    "reference, Python": ExampleClient(
        file="python/driver.py", programs=(sys.executable,), dialects=("v1", "v3")
    ),
    "reference, JavaScript": ExampleClient(file="javascript/driver.mjs", programs=("node",)),
}
SHORT = {
    "Python, requests": ExampleClient(file="python/with_requests.py", programs=(sys.executable,)),
    "Python, httpx": ExampleClient(file="python/with_httpx.py", programs=(sys.executable,)),
    "Python, urllib": ExampleClient(file="python/with_urllib.py", programs=(sys.executable,)),
    "Node, fetch": ExampleClient(file="javascript/with_fetch.mjs", programs=("node",)),
    "sh, curl, jq": ExampleClient(file="shell/with_curl.sh", programs=("sh", "curl", "jq")),
    "Go, net/http": ExampleClient(
        file="go/main.go",
        programs=("go",),
        build=("go", "build", "-o", "{folder}/client", "{file}"),
        run=("{folder}/client",),
    ),
    "Java, HttpClient": ExampleClient(
        file="java/WithHttpClient.java",
        programs=("java", "javac"),
        build=("javac", "-d", "{folder}", "{file}"),
        # The two options halve the time of a start: shared class data, and no second compiler.
        run=(
            "java",
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            "{folder}",
            "WithHttpClient",
        ),
    ),
    "PHP, curl": ExampleClient(file="php/with_curl.php", programs=("php",), php_extension="curl"),
    "Ruby, net/http": ExampleClient(file="ruby/with_net_http.rb", programs=("ruby",)),
}
NAIVE = {"the naive loop": ExampleClient(file="python/naive.py", programs=(sys.executable,))}
CLIENTS = {**REFERENCE, **SHORT, **NAIVE}

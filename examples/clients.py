"""The clients of this folder: what each needs to run, and the command that runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its file, the programs that run it, and what compiles it into a folder first."""

    file: str
    needs: tuple[str, ...]
    compiler: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """Return the programs that are not there."""
        return [name for name in self.needs if shutil.which(name) is None]

    def command(self, folder: Path) -> tuple[str, ...]:
        """Return the command line; what is compiled goes into `folder`."""
        file, target = str(HERE / self.file), str(folder)
        if not self.compiler:
            return (self.needs[0], file)
        make = [part.format(file=file, folder=target) for part in self.compiler]
        subprocess.run(make, check=True)
        return tuple(part.format(folder=target) for part in self.compiled)


REFERENCE = {
    "reference, Python": Client("python/driver.py", (sys.executable,)),
    "reference, JavaScript": Client("javascript/driver.mjs", ("node",)),
}
SHORT = {
    "Python, requests": Client("python/with_requests.py", (sys.executable,)),
    "Python, httpx": Client("python/with_httpx.py", (sys.executable,)),
    "Python, urllib": Client("python/with_urllib.py", (sys.executable,)),
    "Node, fetch": Client("javascript/with_fetch.mjs", ("node",)),
    "sh, curl, jq": Client("shell/with_curl.sh", ("sh", "curl", "jq")),
    "Go, net/http": Client(
        "go/main.go",
        ("go",),
        ("go", "build", "-o", "{folder}/client", "{file}"),
        ("{folder}/client",),
    ),
    "Java, HttpClient": Client(
        "java/WithHttpClient.java",
        ("java", "javac"),
        ("javac", "-d", "{folder}", "{file}"),
        ("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", "{folder}", "WithHttpClient"),
    ),
    "PHP, curl": Client("php/with_curl.php", ("php",)),
    "Ruby, net/http": Client("ruby/with_net_http.rb", ("ruby",)),
}
NAIVE = {"the naive loop": Client("python/naive.py", (sys.executable,))}
CLIENTS = {**REFERENCE, **SHORT, **NAIVE}

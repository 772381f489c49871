"""The audit of what is pinned: it fails for a known vulnerability, and says so when nobody could be asked."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / ".ci" / "audit.py"
PIN = f"jinja2==2.4.1 --hash=sha256:{'0' * 64}\n"


class Service(ThreadingHTTPServer):
    """Answers as OSV does, for every package the same."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.vulnerabilities: list[object] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/query"


class _Answer(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"vulns": self.server.vulnerabilities}).encode())

    def log_message(self, *_: object) -> None:
        """Being asked is no news."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def audited(folder: Path, url: str) -> tuple[int, str]:
    (folder / "pins.txt").write_text(PIN)
    words = [sys.executable, AUDIT, folder / "pins.txt", "--vulnerability-service=osv", f"--osv-url={url}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_known_vulnerability_fails_with_the_version_that_mends_it(service: Service, tmp_path: Path) -> None:
    affected = {
        "package": {"name": "jinja2", "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.7.2"}]}],
    }
    service.vulnerabilities = [{"id": "PYSEC-2014-8", "details": "a hole", "affected": [affected]}]

    assert audited(tmp_path, service.url) == (1, "jinja2 2.4.1: PYSEC-2014-8, fixed in 2.7.2\n")


def test_without_one_it_is_well(service: Service, tmp_path: Path) -> None:
    code, told = audited(tmp_path, service.url)

    assert (code, told) == (0, "1 packages, and no vulnerability is known of any.\n")


def test_offline_it_says_that_nobody_was_asked(service: Service, tmp_path: Path) -> None:
    service.server_close()

    assert audited(tmp_path, service.url) == (75, "Not audited: nobody who knows answers.\n")

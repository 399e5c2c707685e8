"""A real HTTP server on loopback that answers well or badly as told, and a dataset of three files: for tests.

No assertion is made here (PYTEST_DONT_REWRITE).
"""

import hashlib
import random
import threading
import warnings
import zipfile
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from drnn.datasets.archive import write_store
from drnn.datasets.fetch import Patience
from drnn.datasets.source import File, Source

UNDER = "toy-1/data"
FILES = {f"a0{i}.txt": random.Random(i).randbytes(6000) for i in (1, 2, 3)}
IMPATIENT = Patience(timeout=0.3, retries=0, window=5, rate=1000)
ONE_RETRY = Patience(timeout=2, retries=1, window=10, rate=100)


def zipped(files=FILES, under=UNDER, compression=zipfile.ZIP_STORED) -> bytes:
    """An archive as a host may make it: ``files`` as a dictionary or as pairs, in their order."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there twice is what some tests are about
        for name, content in dict(files).items() if isinstance(files, dict) else files:
            made.writestr(f"{under}/{name}" if under else name, content)
    return buffer.getvalue()


GOOD = zipped()


class Server(ThreadingHTTPServer):
    """Answers each path as its behaviour says; ``behaviours`` maps a path to a function of the handler."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = {}
        self.requests = []
        self.sent_half = threading.Event()
        self.over = threading.Event()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        behaviour = self.server.behaviours.get(self.path, partial(Handler.answer, body=b"none", status=404))
        behaviour(self)

    def answer(self, body, status=200, length=None, sent=None, kind="application/zip"):
        """Send headers and ``sent`` bytes of the body; then the connection closes."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()

    def stall(self, sent):
        self.answer(GOOD, sent=sent)
        self.server.sent_half.set()
        self.server.over.wait(30)

    def drip(self):
        self.answer(GOOD, sent=0)
        for byte in GOOD:
            if self.server.over.wait(0.02):
                return
            self.wfile.write(bytes([byte]))

    def log_message(self, *_):
        pass


def sums_of(recordings: dict[str, bytes]) -> dict[str, str]:
    """Path → sha256."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in recordings.items()}


def serve(body, **how):
    return partial(Handler.answer, body=body, **how)


def in_turn(*behaviours):
    """The first behaviour for the first request, and so on; the last one stays."""
    left = list(behaviours)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.over.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def source(server):
    archive = File("toy-1.zip", server.address("/toy.zip"), under="data")
    return Source("toy", "toy", files=(archive,), recordings=sums_of(FILES), citation="Made by us; cite us.")


@pytest.fixture
def output(tmp_path):
    return tmp_path / "made" / "toy.zip"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The bytes that every store of the three files must have."""
    path = tmp_path_factory.mktemp("store") / "toy.zip"
    write_store(FILES.items(), path)
    return path.read_bytes()


def left_in(output: Path) -> list[str]:
    """What lies in the store's folder."""
    return sorted(path.name for path in output.parent.iterdir()) if output.parent.exists() else []


def nothing_counts(output: Path) -> bool:
    """Whether a failure left nothing but the folder of transfers, which the next download alone looks into."""
    return set(left_in(output)) <= {f".{output.name}.files"}

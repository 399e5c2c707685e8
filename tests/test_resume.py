"""Transfers of a dataset in several files that break, stall or die, and go on: a real HTTP server."""

import json
import socket
import subprocess
import sys
import time
from dataclasses import asdict

import pytest
from loopback import IMPATIENT, ONE_RETRY, in_turn, left_in, serve
from toys import FILES, LISTED, VIDEOS, members

from drnn.datasets.collect import collect
from drnn.datasets.resume import CHUNK
from drnn.errors import UserError

pytest_plugins = ["loopback", "toys"]

B = FILES["b.zip"]
SENT, CAME = 2 * CHUNK + 100, 2 * CHUNK
WHOLE = VIDEOS | {"list.txt": LISTED}
RUN = """
import json, sys
from drnn.datasets.collect import collect
from drnn.datasets.manifest import Collection
source, output = json.loads(sys.argv[1])
collect(Collection(**source), output)
"""


def pieces(body: bytes, sent: int | None = None, asked: list | None = None, known_length=True, status=206):
    """A server that knows parts; ``sent`` bytes of what is asked come, then the connection closes or stalls."""

    def behave(handler):
        wanted = handler.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        (asked if asked is not None else []).append(start)
        handler.send_response(status if wanted else 200)
        if wanted and status == 206:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if known_length:
            handler.send_header("Content-Length", str(0 if wanted and status == 416 else len(body[start:])))
        handler.end_headers()
        if not (wanted and status == 416):
            handler.wfile.write(body[start:][:sent])

    return behave


@pytest.mark.parametrize("known_length", [True, False])
def test_a_transfer_that_breaks_goes_on_from_there(server, toys, output, public, known_length):
    asked = []
    server.behaviours["/public/b.zip"] = in_turn(
        pieces(B, SENT, asked, known_length), pieces(B, asked=asked, known_length=known_length)
    )
    collect(toys, output, patience=ONE_RETRY)
    assert members(output) == WHOLE
    assert asked == [0, CAME if known_length else SENT]


def test_a_later_run_goes_on_and_asks_for_nothing_twice(server, toys, output, public):
    asked = []
    server.behaviours["/public/b.zip"] = pieces(B, SENT, asked)
    with pytest.raises(UserError, match=r"(?s)no source brought b\.zip.*kept, so that .*a\.zip, b\.zip"):
        collect(toys, output, patience=IMPATIENT)
    server.requests.clear()
    server.behaviours["/public/b.zip"] = pieces(B, asked=asked)
    collect(toys, output, patience=IMPATIENT)
    assert members(output) == WHOLE
    assert server.requests == ["/public/b.zip"] and asked == [0, CAME]
    assert left_in(output) == [output.name]


def test_a_killed_run_is_gone_on_with(server, toys, output, public):
    asked = []

    def stall(handler):
        pieces(B, SENT, asked)(handler)
        handler.wfile.flush()
        server.sent_half.set()
        server.over.wait(30)

    server.behaviours["/public/b.zip"] = in_turn(stall, pieces(B, asked=asked))
    with subprocess.Popen([sys.executable, "-c", RUN, json.dumps([asdict(toys), str(output)])]) as process:
        assert server.sent_half.wait(20)
        kept = output.parent / f".{output.name}.kept"
        ends = time.monotonic() + 10
        while time.monotonic() < ends and sum(path.stat().st_size for path in kept.glob("b.zip.*")) < CAME:
            time.sleep(0.01)
        process.kill()
    assert not output.exists()
    collect(toys, output, patience=IMPATIENT)
    assert members(output) == WHOLE
    assert asked == [0, CAME]


@pytest.mark.parametrize("kind", ["no parts", "416", "other bytes"])
def test_a_part_that_cannot_be_gone_on_with_is_dropped(server, toys, output, public, kind):
    first = pieces(b"PK" + bytes(len(B) - 2) if kind == "other bytes" else B, SENT)
    then = {"no parts": serve(B), "416": pieces(B, status=416), "other bytes": pieces(B)}[kind]
    server.behaviours["/public/b.zip"] = in_turn(first, then)
    for _ in range(2):  # the first run ends with what cannot be gone on with
        try:
            collect(toys, output, patience=ONE_RETRY)
        except UserError:
            continue
        break
    assert members(output) == WHOLE


@pytest.mark.parametrize("name", FILES)
def test_other_bytes_are_named_and_not_asked_for_again(server, toys, output, public, name):
    server.behaviours[f"/public/{name}"] = serve(b"<!DOCTYPE html><p>log in")
    with pytest.raises(UserError, match=rf"no source brought {name}") as caught:
        collect(toys, output, patience=ONE_RETRY)
    assert "24 bytes that start with b'<!DOCTYPE html>" in str(caught.value)
    assert server.requests.count(f"/public/{name}") == 1


def test_an_address_that_cannot_be_reached_is_asked_once(server, toys, output, public):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{unused.getsockname()[1]}"
        started = time.monotonic()
        collect(toys, output, mirror, patience=ONE_RETRY)
    assert members(output) == WHOLE
    assert time.monotonic() - started < 5  # each attempt at it waits a second


def test_offline_it_ends_within_seconds_and_leaves_nothing(toys, output):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(UserError, match="Connection refused") as caught:
            collect(toys, output, mirror, patience=IMPATIENT)
    assert "list.txt" in str(caught.value) and "demo" in str(caught.value)
    assert left_in(output) == []

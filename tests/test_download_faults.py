"""The download's bad days: every bad source is named, nothing half-done is left; a real HTTP server."""

import fcntl
import json
import os
import re
import socket
import struct
import subprocess
import sys
import termios
import time
import tracemalloc
import zipfile
from dataclasses import asdict
from functools import partial

import pytest
from loopback import FILES, GOOD, IMPATIENT, UNDER, Handler, in_turn, left_in, nothing_counts, serve, zipped

from drnn.datasets import archive
from drnn.datasets.acquire import acquire
from drnn.datasets.fetch import PATIENCE, Patience
from drnn.errors import UserError

pytest_plugins = ["loopback"]

RUN = """
import json, resource, sys
from drnn.datasets.acquire import acquire
from drnn.datasets.source import File, Source
source, output, mirror, limit = json.loads(sys.argv[1])
source["files"] = tuple(File(**file) for file in source["files"])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    acquire(Source(**source), output, mirror)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def failure(source, output, mirror=None, patience=IMPATIENT) -> str:
    """The message of a download that must fail, leaving nothing that counts and offering the remedies."""
    with pytest.raises(UserError) as caught:
        acquire(source, output, mirror, patience=patience)
    message = str(caught.value)
    assert nothing_counts(output)
    assert source.files[0].url in message
    for remedy in ("DRNN_DATA_MIRROR", "--mirror", "snakemake --cores 2 demo"):
        assert remedy in message
    return message


def redirect(handler, to):
    handler.send_response(302)
    handler.send_header("Location", to)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


# Sources that never bring it


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (serve(b"none", status=404), ["404"]),
        (serve(b"<!DOCTYPE html><p>log in", kind="text/html"), ["is not a zip archive"]),
        (serve(GOOD, length=2 * len(GOOD)), [f"{len(GOOD)} bytes read"]),
        (serve(GOOD[:9000]), ["is not a zip archive, or is cut short"]),
        (serve(b""), ["is not a zip archive, or is cut short"]),
        (partial(Handler.stall, sent=0), ["timed out"]),
        (partial(Handler.stall, sent=9000), ["timed out"]),
        (lambda handler: handler.server.over.wait(30), ["timed out"]),
        (lambda handler: redirect(handler, "/toy.zip"), ["Exceeded 30 redirects"]),
        (serve(zipped({**FILES, "a02.txt": b"?"})), ["a02.txt: expected sha256", "got", "(1 bytes)"]),
        (serve(zipped({"a01.txt": FILES["a01.txt"]})), ["a02.txt is missing", "3 recordings, 2 missing"]),
        (serve(zipped([*FILES.items(), ("a01.txt", b"?")], under="x/data")), ["a01.txt: expected sha256"]),
        (serve(GOOD.replace(FILES["a03.txt"], bytes(6000))), ["a03.txt", "CRC"]),
    ],
    ids=[
        "404",
        "HTML page",
        "always truncated",
        "half an archive",
        "empty",
        "stalls after the headers",
        "stalls midway",
        "accepts and says nothing",
        "redirects in a circle",
        "wrong bytes",
        "missing member",
        "duplicate",
        "corrupt member",
    ],
)
def test_a_bad_source_is_named_with_what_was_expected_and_what_came(server, source, output, behaviour, said):
    server.behaviours["/toy.zip"] = behaviour
    message = failure(source, output)
    for words in said:
        assert words in message


def test_a_refused_connection_is_named(source, output):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{unused.getsockname()[1]}"
        message = failure(source, output, mirror)
    assert f"{mirror}/toy/toy-1.zip" in message
    assert "Connection refused" in message
    assert "404" in message  # the public address was tried too


def test_a_drip_is_given_up_although_no_read_times_out(server, source, output):
    server.behaviours["/toy.zip"] = Handler.drip
    started = time.monotonic()
    message = failure(source, output, patience=Patience(timeout=5, retries=0, window=0.5, rate=1000))
    assert time.monotonic() - started < 3
    assert "expected at least 1000 a second" in message


def test_two_sources_that_stall_end_within_a_minute():
    """Bytes may come in the first window of each, and in the second none."""
    assert 2 * 2 * PATIENCE.window < 50


@pytest.mark.parametrize("evil", ["../evil", "a/../../evil", "/evil", "C:/evil", "C:evil", "..\\evil"])
def test_an_archive_with_an_unsafe_path_is_refused_whole(source, output, tmp_path, evil):
    path = tmp_path / "toy-1.zip"
    path.write_bytes(zipped([*((f"{UNDER}/{n}", c) for n, c in FILES.items()), (evil, b"!")], under=""))
    message = failure(source, output, str(tmp_path))
    assert repr(evil) in message
    assert "refused" in message
    assert not list(tmp_path.parent.rglob("evil"))


def test_a_member_that_claims_too_much_is_refused(source, output, tmp_path):
    content = zipped({**FILES, "a01.txt": bytes(6007)}, compression=zipfile.ZIP_DEFLATED)
    claims = archive.LARGEST_MEMBER + 1
    (tmp_path / "toy-1.zip").write_bytes(content.replace((6007).to_bytes(4, "little"), claims.to_bytes(4, "little")))
    said = f"a01.txt: claims {claims} bytes; at most {archive.LARGEST_MEMBER}"
    assert said in failure(source, output, str(tmp_path))


def test_a_member_that_claims_less_than_it_holds_is_refused(source, output, tmp_path):
    """A zip bomb that lies: no more is unpacked than is claimed."""
    bomb = zipped({**FILES, "a02.txt": bytes(10**7)}, compression=zipfile.ZIP_DEFLATED)
    (tmp_path / "toy-1.zip").write_bytes(bomb.replace((10**7).to_bytes(4, "little"), (6000).to_bytes(4, "little")))
    tracemalloc.start()
    message = failure(source, output, str(tmp_path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "a02.txt: is broken" in message
    assert peak < 10**6


# Processes that die, disks that fill


def run(source, output, mirror=None, limit=None, stderr=subprocess.PIPE) -> subprocess.Popen:
    arguments = json.dumps([asdict(source), str(output), mirror, limit])
    return subprocess.Popen([sys.executable, "-c", RUN, arguments], stderr=stderr, text=True)


def test_a_log_has_no_word_of_the_progress(server, source, output):
    server.behaviours["/toy.zip"] = serve(GOOD)
    with run(source, output) as process:
        assert process.stderr.read() == ""
    assert output.exists()


def test_a_terminal_shows_the_progress_and_each_attempt_begins_anew(server, source, output, terminal):
    server.behaviours["/toy.zip"] = in_turn(serve(GOOD, sent=9000), serve(GOOD))
    screen, stderr = terminal
    fcntl.ioctl(stderr, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    with run(source, output, stderr=stderr) as process:
        process.wait()
    shown = os.read(screen, 10**5).decode()
    assert "toy-1.zip: " in shown and "B/s" in shown
    assert shown.count(" 0%|") == 2  # as the second attempt begins, and as pooch fills the bar


def test_a_killed_download_leaves_no_store_and_the_next_run_completes(server, source, output, store):
    server.behaviours["/toy.zip"] = in_turn(partial(Handler.stall, sent=9000), serve(GOOD))
    with run(source, output) as process:
        assert server.sent_half.wait(20)
        process.kill()
    assert not output.exists()
    acquire(source, output, patience=IMPATIENT)
    assert output.read_bytes() == store
    assert left_in(output) == ["toy.zip"]


@pytest.mark.parametrize("where", ["transfer", "store"])
def test_a_full_disk_is_an_error_that_leaves_nothing(server, source, output, store, tmp_path, where):
    server.behaviours["/toy.zip"] = serve(GOOD)
    (tmp_path / "toy-1.zip").write_bytes(GOOD)
    with run(source, output, str(tmp_path) if where == "store" else None, limit=7000) as process:
        complaint = process.stderr.read()
    assert process.returncode == 1
    assert re.search(rf"{output}: cannot be (read or )?written", complaint)
    assert "Error: " in complaint
    assert "Traceback" not in complaint
    assert nothing_counts(output)
    acquire(source, output, patience=IMPATIENT)
    assert output.read_bytes() == store


def test_a_folder_that_cannot_be_made_is_named(server, source, tmp_path):
    server.behaviours["/toy.zip"] = serve(GOOD)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file.*: cannot be read or written"):
        acquire(source, tmp_path / "file" / "toy.zip", patience=IMPATIENT)

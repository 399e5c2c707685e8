"""A dataset in three files, a list and two archives of two recordings each, on the server of loopback: for tests.

No assertion is made here (PYTEST_DONT_REWRITE).
"""

import hashlib
import random
import zipfile
from pathlib import Path

import pytest
from loopback import serve, zipped

from drnn.datasets.source import File, Source


def avi(content: bytes) -> bytes:
    """The frame of an AVI file around anything."""
    return b"RIFF" + (4 + len(content)).to_bytes(4, "little") + b"AVI " + content


VIDEOS = {f"{name}.avi": avi(random.Random(name).randbytes(10_000)) for name in ("a1", "a2", "b1", "b2")}
LISTED = b"a list\r\n"
PACKED = {"a.zip": ("a1.avi", "a2.avi"), "b.zip": ("b1.avi", "b2.avi")}
FILES = {"list.txt": LISTED} | {zipname: zipped({n: VIDEOS[n] for n in names}) for zipname, names in PACKED.items()}


@pytest.fixture
def known(tmp_path) -> Path:
    path = tmp_path / "known.sha256"
    path.write_text(f"{hashlib.sha256(VIDEOS['a1.avi']).hexdigest()}  a1.avi\n")
    return path


@pytest.fixture
def toys(server, known) -> Source:
    """Two archives and a list, none of which the public address has yet."""
    return Source("toys", files(server, FILES), "Made by us; cite us.", str(known))


def files(server, contents: dict[str, bytes]) -> tuple[File, ...]:
    """The files with the checksums of these contents."""
    return tuple(
        File(name, server.address(f"/public/{name}"), f"sha1:{hashlib.sha1(content).hexdigest()}", PACKED.get(name, ()))
        for name, content in contents.items()
    )


@pytest.fixture
def public(server):
    server.behaviours |= {f"/public/{name}": serve(content) for name, content in FILES.items()}


def members(output: Path) -> dict[str, bytes]:
    """What is in a store."""
    with zipfile.ZipFile(output) as store:
        return {name: store.read(name) for name in store.namelist()}

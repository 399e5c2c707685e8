"""A dataset in three files, a list and two archives of two recordings each, on the server of loopback: for tests.

No assertion is made here (PYTEST_DONT_REWRITE).
"""

import hashlib
import random
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
from loopback import serve, sums_of, zipped

from drnn.datasets.source import File, Source


def avi(content: bytes) -> bytes:
    """The frame of an AVI file around anything."""
    return b"RIFF" + (4 + len(content)).to_bytes(4, "little") + b"AVI " + content


VIDEOS = {f"{name}.avi": avi(random.Random(name).randbytes(10_000)) for name in ("a1", "a2", "b1", "b2")}
LISTED = b"a list\r\n"
PACKED = {"a.zip": "a*", "b.zip": "b*"}
FILES = {"list.txt": LISTED} | {
    name: zipped({path: content for path, content in VIDEOS.items() if fnmatch(path, pattern)})
    for name, pattern in PACKED.items()
}


@pytest.fixture
def toys(server) -> Source:
    """Two archives and a list, none of which the public address has yet."""
    sums = dict.fromkeys(VIDEOS, "") | sums_of({"a1.avi": VIDEOS["a1.avi"]})
    return Source("toys", "toys", files=files(server, FILES), recordings=sums, citation="Made by us; cite us.")


def files(server, contents: dict[str, bytes]) -> tuple[File, ...]:
    """The files with the checksums of these contents."""
    return tuple(
        File(name, server.address(f"/public/{name}"), f"sha1:{hashlib.sha1(content).hexdigest()}", PACKED.get(name, ""))
        for name, content in contents.items()
    )


@pytest.fixture
def public(server):
    server.behaviours |= {f"/public/{name}": serve(content) for name, content in FILES.items()}


def members(output: Path) -> dict[str, bytes]:
    """What is in a store."""
    with zipfile.ZipFile(output) as store:
        return {name: store.read(name) for name in store.namelist()}

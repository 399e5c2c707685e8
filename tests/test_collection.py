"""A dataset in several files: one verified store, from archives or loose recordings, whole or a part that is wanted."""

import json
import socket
import time
import tracemalloc
from dataclasses import replace

import pytest
from loopback import IMPATIENT, ONE_RETRY, left_in, nothing_counts, serve, zipped
from toys import FILES, LISTED, VIDEOS, avi, files, members

from drnn.datasets.acquire import acquire
from drnn.datasets.archive import write_store
from drnn.datasets.contents import contents
from drnn.errors import UserError

pytest_plugins = ["loopback", "toys"]

ABSENT = "/no/such/folder"


@pytest.fixture
def mirror(tmp_path):
    """Makes a folder with files."""

    def make(files: dict[str, bytes], under: str = "toys/deep") -> str:
        for name, content in files.items():
            path = tmp_path / "mirror" / under / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return str(tmp_path / "mirror")

    return make


def failure(toys, output, mirror=None, **how) -> str:
    with pytest.raises(UserError) as caught:
        acquire(toys, output, mirror, patience=IMPATIENT, **how)
    assert nothing_counts(output)
    return str(caught.value)


# The published set


@pytest.mark.parametrize("place", ["public", "/m/toys/", "toys/deep", "elsewhere"])
def test_the_archives_become_one_store_wherever_they_lie(server, toys, output, mirror, place):
    address = None
    if place.startswith("/") or place == "public":
        address = server.address("/m") if place != "public" else None
        base = "/public/" if place == "public" else place
        server.behaviours |= {base + name: serve(content) for name, content in FILES.items()}
    else:
        address = mirror(FILES, place)
    found = acquire(toys, output, address, patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert found.part == (4, 4, 4) and found.content == contents(toys).content
    assert left_in(output) == [output.name]


def test_each_file_comes_from_where_it_is(server, toys, output, mirror, public):
    acquire(toys, output, mirror({"b.zip": FILES["b.zip"]}), patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert server.requests == ["/public/list.txt", "/public/a.zip"]


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_and_the_next_source_tried(toys, output, mirror, public, name, caplog):
    acquire(toys, output, mirror(FILES | {name: FILES[name][:-1] + b"?"}), patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert f"{name}: expected sha1:" in caplog.text


def test_what_no_source_brings_is_named_with_what_was_tried_and_the_remedies(toys, output, mirror):
    said = failure(toys, output, mirror({"list.txt": LISTED, "a.zip": b"PK?"}))
    for words in ("no source brought a.zip", "a.zip: expected sha1:", "/public/a.zip", "404"):
        assert words in said
    for remedy in ("DRNN_DATA_MIRROR", "--mirror", "sample: true", "by hand", "snakemake --cores 2 demo"):
        assert remedy in said


def test_an_archive_that_lacks_a_recording_is_named(server, toys, output, mirror):
    lacking = zipped({"a1.avi": VIDEOS["a1.avi"]})
    toys = replace(toys, files=files(server, FILES | {"a.zip": lacking}))
    said = failure(toys, output, mirror(FILES | {"a.zip": lacking}))
    assert "a.zip: a2.avi is missing (expected 2 recordings" in said


def test_one_recording_is_in_memory_at_a_time(tmp_path):
    tracemalloc.start()
    write_store([(f"{i}", lambda: bytes(2**21)) for i in range(20)], tmp_path / "store.zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * 2**21


# Loose recordings, and a part of the set


def test_all_recordings_loose_are_a_store_known_by_its_own_bytes(toys, output, mirror):
    folder = mirror(VIDEOS | {"list.txt": LISTED, "notes": b"", "c1.avi": b"?"})
    found = acquire(toys, output, folder, patience=IMPATIENT)
    made = members(output)
    assert json.loads(made.pop("sample.json")) == {"recordings": 4, "of": 4, "verified": 1}
    assert made == VIDEOS | {"list.txt": LISTED}
    assert found.content != contents(toys).content


def test_a_part_is_refused_with_what_is_missing_unless_it_is_wanted(toys, output, mirror):
    folder = mirror({"list.txt": LISTED, "b1.avi": VIDEOS["b1.avi"]})
    said = failure(toys, output, folder)
    assert "holds no a.zip, and 3 of 4 recordings are not loose: a1.avi, a2.avi, b2.avi" in said
    assert contents(toys, folder).content == contents(toys).content
    acquire(toys, output, folder, sample=True, patience=IMPATIENT)
    made = members(output)
    assert json.loads(made["sample.json"]) == {"recordings": 1, "of": 4, "verified": 0}
    assert sorted(made) == ["b1.avi", "list.txt", "sample.json"]


def test_a_part_may_be_archives_and_loose_recordings(toys, output, mirror):
    part = {"list.txt": LISTED, "a.zip": FILES["a.zip"], "a1.avi": b"not read", "b1.avi": VIDEOS["b1.avi"]}
    found = acquire(toys, output, mirror(part), sample=True, patience=IMPATIENT)
    assert found.part == (3, 4, 2)
    assert members(output)["a1.avi"] == VIDEOS["a1.avi"]


def test_a_part_is_known_by_its_recordings_and_not_by_their_places(toys, mirror, tmp_path):
    first = contents(toys, mirror({"a1.avi": VIDEOS["a1.avi"]}), sample=True).content
    assert contents(toys, mirror({"a1.avi": VIDEOS["a1.avi"]}, "toys/again"), sample=True).content == first
    more = contents(toys, mirror({"a2.avi": VIDEOS["a2.avi"]}), sample=True).content
    changed = contents(toys, mirror({"a2.avi": avi(b"?")}), sample=True).content
    assert len({first, more, changed}) == 3


@pytest.mark.parametrize("where", [None, ABSENT, "http://127.0.0.1:9", "empty"])
def test_a_part_of_nothing_is_refused(toys, output, mirror, where):
    folder = mirror({"list.txt": LISTED}) if where == "empty" else where
    said = failure(toys, output, folder, sample=True)
    assert "sample: true" in said and "DRNN_DATA_MIRROR" in said and "demo" in said


def test_a_damaged_recording_is_named(toys, output, mirror):
    said = failure(toys, output, mirror({"list.txt": LISTED, "a1.avi": avi(b"other")}), sample=True)
    assert "a1.avi: expected sha256" in said and "take it out of the folder" in said


def test_of_two_recordings_of_one_name_the_first_is_taken_whatever_the_order_on_the_disk(toys, output, mirror):
    mirror({"a2.avi": avi(b"2")}, "toys/two")
    folder = mirror({"a2.avi": avi(b"1"), "list.txt": LISTED}, "toys/one")
    acquire(toys, output, folder, sample=True, content=contents(toys, folder, sample=True).content)
    assert members(output)["a2.avi"] == avi(b"1")


def test_a_folder_that_changed_since_the_plan_is_refused(toys, output, mirror):
    planned = contents(toys, mirror({"list.txt": LISTED, "a2.avi": VIDEOS["a2.avi"]}), sample=True).content
    folder = mirror({"b1.avi": VIDEOS["b1.avi"]})
    assert "than when the run was planned" in failure(toys, output, folder, sample=True, content=planned)


# Transfers


def test_a_later_run_asks_for_nothing_that_came_whole(server, toys, output, public):
    server.behaviours["/public/b.zip"] = serve(FILES["b.zip"], sent=9000)
    with pytest.raises(UserError, match=r"no source brought b\.zip"):
        acquire(toys, output, patience=IMPATIENT)
    assert not output.exists()
    server.requests.clear()
    server.behaviours["/public/b.zip"] = serve(FILES["b.zip"])
    acquire(toys, output, patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert server.requests == ["/public/b.zip"]
    assert left_in(output) == [output.name]


def test_what_is_damaged_among_the_files_of_an_earlier_run_is_fetched_again(server, toys, output, public):
    earlier = output.with_name(f".{output.name}.files")
    earlier.mkdir(parents=True)
    (earlier / "a.zip").write_bytes(FILES["a.zip"][:-1])
    acquire(toys, output, patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert left_in(output) == [output.name]


@pytest.mark.parametrize("name", FILES)
def test_other_bytes_are_named_and_never_used(server, toys, output, public, name):
    server.behaviours[f"/public/{name}"] = serve(b"<!DOCTYPE html><p>log in")
    with pytest.raises(
        UserError, match=rf"(?s)no source brought {name}.*does not match the known hash: expected sha1:"
    ):
        acquire(toys, output, patience=ONE_RETRY)
    assert not output.exists()


def test_an_address_that_cannot_be_reached_is_asked_once(toys, output, public):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{unused.getsockname()[1]}"
        started = time.monotonic()
        acquire(toys, output, mirror, patience=ONE_RETRY)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert time.monotonic() - started < 2.5  # each attempt at it waits a second


def test_an_address_that_lacks_one_file_is_asked_for_the_others(server, toys, output, public):
    server.behaviours["/m/toys/b.zip"] = serve(FILES["b.zip"])
    acquire(toys, output, server.address("/m"), patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert "/public/b.zip" not in server.requests


def test_offline_it_ends_within_seconds_and_leaves_nothing(toys, output):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        toys = replace(toys, files=tuple(replace(file, url=f"{address}/{file.name}") for file in toys.files))
        said = failure(toys, output, address)
    assert "Connection refused" in said and f"{address}/list.txt" in said and "demo" in said

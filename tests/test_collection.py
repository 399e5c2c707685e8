"""A dataset in several files: one verified store, from archives or loose recordings, whole or a part that is wanted."""

import hashlib
import json
import logging
import tracemalloc

import pytest
from loopback import IMPATIENT, left_in, serve, zipped
from toys import FILES, LISTED, VIDEOS, avi, members

from drnn.datasets.archive import write_store
from drnn.datasets.collect import collect
from drnn.datasets.collection import contents
from drnn.datasets.manifest import content_hash
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
        collect(toys, output, mirror, patience=IMPATIENT, **how)
    assert left_in(output) == []
    return str(caught.value)


# The published set


@pytest.mark.parametrize("place", ["public", "/m/toys/", "/m/", "toys/deep", "elsewhere"])
def test_the_archives_become_one_store_wherever_they_lie(server, toys, output, mirror, place):
    address = None
    if place.startswith("/") or place == "public":
        address = server.address("/m") if place != "public" else None
        base = "/public/" if place == "public" else place
        server.behaviours |= {base + name: serve(content) for name, content in FILES.items()}
    else:
        address = mirror(FILES, place)
    found = collect(toys, output, address, patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert found.published and found.content == content_hash(toys)
    assert left_in(output) == [output.name]


def test_each_file_comes_from_where_it_is(server, toys, output, mirror, public):
    collect(toys, output, mirror({"b.zip": FILES["b.zip"]}), patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert server.requests == ["/public/list.txt", "/public/a.zip"]


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_and_the_next_source_tried(toys, output, mirror, public, name, caplog):
    collect(toys, output, mirror(FILES | {name: FILES[name][:-1] + b"?"}), patience=IMPATIENT)
    assert members(output) == VIDEOS | {"list.txt": LISTED}
    assert f"{name}: expected sha" in caplog.text and toys.files[name] in caplog.text


def test_what_no_source_brings_is_named_with_what_was_tried_and_the_remedies(toys, output, mirror):
    said = failure(toys, output, mirror({"list.txt": LISTED, "a.zip": b"PK?"}))
    for words in ("no source brought a.zip", toys.files["a.zip"], "(3 bytes)", "/public/a.zip", "status 404"):
        assert words in said
    for remedy in ("DRNN_DATA_MIRROR", "--mirror", "sample: true", "by hand", "snakemake --cores 2 demo"):
        assert remedy in said


def test_an_archive_that_lacks_a_recording_is_named(toys, output, mirror):
    lacking = zipped({"a1.avi": VIDEOS["a1.avi"]})
    toys.files["a.zip"] = hashlib.sha1(lacking).hexdigest()
    assert "a.zip: a2.avi is missing (expected 2 recordings" in failure(
        toys, output, mirror(FILES | {"a.zip": lacking})
    )


def test_one_recording_is_in_memory_at_a_time(tmp_path):
    tracemalloc.start()
    write_store([(f"{i}", lambda: bytes(2**21)) for i in range(20)], tmp_path / "store.zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * 2**21


# Loose recordings, and a part of the set


def test_all_recordings_loose_are_a_store_known_by_its_own_bytes(toys, output, mirror, caplog):
    caplog.set_level(logging.INFO)
    folder = mirror(VIDEOS | {"list.txt": LISTED, "notes": b"", "c1.avi": b"?"})
    found = collect(toys, output, folder, patience=IMPATIENT)
    made = members(output)
    assert json.loads(made.pop("sample.json")) == {"recordings": 4, "of": 4, "verified": 1}
    assert made == VIDEOS | {"list.txt": LISTED}
    assert not found.published and found.content != content_hash(toys)
    assert "other files, ignored: 2" in caplog.text and "4 of 4 recordings, 1 of them verified" in caplog.text


def test_a_part_is_refused_with_what_is_missing_unless_it_is_wanted(toys, output, mirror):
    folder = mirror({"list.txt": LISTED, "b1.avi": VIDEOS["b1.avi"]})
    said = failure(toys, output, folder)
    assert "1 of the 4 recordings loose; 3 are missing: a1.avi, a2.avi, b2.avi (sample: true" in said
    assert contents(toys, folder).content == content_hash(toys)
    collect(toys, output, folder, sample=True, patience=IMPATIENT)
    made = members(output)
    assert json.loads(made["sample.json"]) == {"recordings": 1, "of": 4, "verified": 0}
    assert sorted(made) == ["b1.avi", "list.txt", "sample.json"]


def test_a_part_may_be_archives_and_loose_recordings(toys, output, mirror):
    part = {"list.txt": LISTED, "a.zip": FILES["a.zip"], "a1.avi": b"not read", "b1.avi": VIDEOS["b1.avi"]}
    found = collect(toys, output, mirror(part), sample=True, patience=IMPATIENT)
    assert (found.recordings, found.of, found.verified) == (3, 4, 2)
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


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a1.avi", avi(b"other"), "a1.avi: expected sha256"),
        ("a2.avi", b"<html>", "a2.avi: is no AVI video (6 bytes"),
        ("a2.avi", b"", "a2.avi: is no AVI video (0 bytes"),
    ],
)
def test_a_damaged_recording_is_named(toys, output, mirror, name, content, said):
    assert said in failure(toys, output, mirror({"list.txt": LISTED, name: content}), sample=True)


def test_a_recording_cut_short_is_kept_with_a_warning(toys, output, mirror, caplog):
    collect(toys, output, mirror({"list.txt": LISTED, "a2.avi": VIDEOS["a2.avi"][:400]}), sample=True)
    assert f"a2.avi: is cut short: 400 of {len(VIDEOS['a2.avi'])} bytes" in caplog.text


def test_two_recordings_of_one_name_are_refused(toys, mirror):
    mirror({"a2.avi": avi(b"1")}, "toys/one")
    with pytest.raises(UserError, match=r"one/a2\.avi.* same name and other bytes"):
        contents(toys, mirror({"a2.avi": avi(b"2")}, "toys/two"), sample=True)


def test_a_folder_that_changed_since_the_plan_is_refused(toys, output, mirror):
    planned = contents(toys, mirror({"list.txt": LISTED, "a2.avi": VIDEOS["a2.avi"]}), sample=True).content
    folder = mirror({"b1.avi": VIDEOS["b1.avi"]})
    assert "than when the run was planned" in failure(toys, output, folder, sample=True, content=planned)

"""The download: one store of the same bytes, whatever brings it; a real HTTP server."""

import hashlib
import logging
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.util import find_spec

import pytest
from loopback import FILES, GOOD, IMPATIENT, ONE_RETRY, UNDER, in_turn, left_in, serve, sums_of, zipped

from drnn.datasets.acquire import acquire
from drnn.datasets.archive import write_store
from drnn.datasets.contents import contents
from drnn.datasets.source import SOURCES, known, read
from drnn.datasets.source import source as source_of
from drnn.errors import UserError

pytest_plugins = ["loopback"]

# One store, whatever brings it


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        zipped(dict(reversed(FILES.items())), compression=zipfile.ZIP_DEFLATED),
        zipped({**FILES, "README": b"extra"}, under="packed-anew/toy/data"),
        zipped([*((f"{UNDER}/{n}", c) for n, c in FILES.items()), ("elsewhere/a01.txt", b"other")], under=""),
        zipped([*((f"x/data/{n}", c) for n, c in FILES.items()), ("y/data/a01.txt", FILES["a01.txt"])], under=""),
    ],
    ids=["good", "shuffled and deflated", "another top", "same name outside the folder", "same file twice"],
)
def test_the_archive_at_the_public_address_becomes_the_store(server, source, output, store, body):
    server.behaviours["/toy.zip"] = serve(body)
    acquire(source, output, patience=IMPATIENT)
    assert output.read_bytes() == store
    assert left_in(output) == ["toy.zip"]


@pytest.mark.parametrize("place", ["toy/toy-1.zip", "toy-1.zip", "toy/deep/loose", "loose", "deep/toy-1.zip"])
def test_a_local_mirror_becomes_the_same_store(server, source, output, store, tmp_path, place):
    mirror = tmp_path / "mirror"
    path = mirror / place
    path.parent.mkdir(parents=True)
    if path.suffix == ".zip":
        path.write_bytes(GOOD)
    else:
        path.mkdir()
        for name, content in FILES.items():
            (path / name).write_bytes(content)
    acquire(source, output, str(mirror))
    assert output.read_bytes() == store
    assert server.requests == []


def test_a_mirror_on_the_web_becomes_the_same_store(server, source, output, store):
    server.behaviours["/m/toy/toy-1.zip"] = serve(GOOD)
    acquire(source, output, server.address("/m/"), patience=IMPATIENT)
    assert output.read_bytes() == store
    assert server.requests == ["/m/toy/toy-1.zip"]


def test_a_proxy_of_the_usual_variables_is_asked(server, source, output, store, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.address(""))
    monkeypatch.setenv("http_proxy", server.address(""))
    server.behaviours["http://mirror.invalid/toy/toy-1.zip"] = serve(GOOD)
    acquire(source, output, "http://mirror.invalid", patience=IMPATIENT)
    assert output.read_bytes() == store


def test_the_store_has_fixed_metadata_and_sorted_flat_names(tmp_path):
    write_store([("b", b"2"), ("a", b"1")], tmp_path / "store.zip")
    with zipfile.ZipFile(tmp_path / "store.zip") as made:
        assert made.namelist() == ["a", "b"]
        for member in made.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert (member.compress_type, member.create_system) == (zipfile.ZIP_STORED, 3)
            assert member.external_attr == 0o100644 << 16


@pytest.mark.parametrize("names", [("a", "a"), ("/a",), ("x/../a",), ("..",), ("",), ("x\\a",), ("C:a",)])
def test_a_store_refuses_paths_that_are_unsafe_or_not_unique(tmp_path, names):
    with pytest.raises(ValueError, match="twice or is unsafe"):
        write_store([(name, b"") for name in names], tmp_path / "store.zip")
    assert left_in(tmp_path / "store.zip") == []


def test_the_terms_are_shown_once(server, source, output, caplog):
    server.behaviours["/toy.zip"] = serve(GOOD)
    caplog.set_level(logging.INFO)
    acquire(source, output, "/nowhere", patience=IMPATIENT)
    assert caplog.text.count(source.terms) == caplog.text.count(source.citation) == 1


# Sources that recover


@pytest.mark.parametrize("first", [serve(b"busy", status=500), serve(GOOD, sent=9000)], ids=["500", "cut midway"])
def test_a_broken_transfer_is_tried_again(server, source, output, store, first):
    server.behaviours["/toy.zip"] = in_turn(first, serve(GOOD))
    acquire(source, output, patience=ONE_RETRY)
    assert output.read_bytes() == store
    assert len(server.requests) == 2


def test_two_errors_of_a_server_are_repaired_with_the_patience_of_a_run(server, source, output, store):
    server.behaviours["/toy.zip"] = in_turn(*2 * [serve(b"busy", status=500)], serve(GOOD))
    acquire(source, output)
    assert output.read_bytes() == store


@pytest.mark.parametrize("kind", ["absent folder", "empty folder", "not a zip", "404", "wrong bytes"])
def test_a_bad_mirror_is_warned_of_and_the_next_source_tried(server, source, output, store, tmp_path, kind, caplog):
    server.behaviours["/toy.zip"] = serve(GOOD)
    server.behaviours["/bad/toy/toy-1.zip"] = serve(zipped({**FILES, "a02.txt": b"?"}))
    (tmp_path / "empty folder").mkdir()
    (tmp_path / "not a zip").mkdir()
    (tmp_path / "not a zip" / "toy-1.zip").write_bytes(b"nothing")
    mirror = {"404": server.address("/none"), "wrong bytes": server.address("/bad")}.get(kind, tmp_path / kind)
    acquire(source, output, str(mirror), patience=IMPATIENT)
    assert output.read_bytes() == store
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(mirror) in caplog.text


def test_recordings_may_have_one_name_in_different_folders(server, source, output):
    """As those of a dataset that gives each performance a folder with a file of the same name."""
    nested = {"s01/1/pos.txt": b"one", "s01/2/pos.txt": b"two"}
    source = replace(source, recordings=sums_of(nested))
    server.behaviours["/toy.zip"] = serve(zipped(nested))
    acquire(source, output, patience=IMPATIENT)
    with zipfile.ZipFile(output) as made:
        assert {path: made.read(path) for path in made.namelist()} == nested


# The file of a source


def test_a_source_is_read_without_the_libraries_of_the_download_and_of_its_reader():
    code = (
        "import sys, drnn.datasets.source as s, drnn.datasets.contents as c\n"
        "assert len(c.contents(s.source('msr_action3d')).names) == 567\n"
        "assert not {'pooch', 'requests', 'tqdm', 'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", known())
def test_every_source_is_whole_and_its_modules_exist(name):
    found = read(SOURCES / f"{name}.toml")
    assert found == source_of(name)
    assert bool(found.files) == bool(found.recordings) == bool(found.citation) == (found.made_by == "download")
    assert all(found.members(file) for file in found.files if file.members)
    assert all(re.fullmatch("([0-9a-f]{64})?", checksum) for checksum in found.recordings.values())
    assert find_spec(f"drnn.datasets.{found.reader}") and find_spec(f"drnn.steps.{found.made_by}")


def test_the_content_hash_follows_the_contents_and_not_the_order(source):
    before = contents(source).content
    turned = dict(reversed(source.recordings.items()))
    assert contents(replace(source, recordings=turned)).content == before
    renamed = {name.replace("a01.txt", "a09.txt"): checksum for name, checksum in source.recordings.items()}
    assert contents(replace(source, recordings=renamed)).content != before


def test_the_keys_of_the_published_sets_stay():
    """The bytes are what the stores are named after: another content hash would fetch everything again."""
    found = {name: contents(source_of(name)).content[:10] for name in ("msr_action3d", "kth")}
    assert found == {"msr_action3d": "bf9c8199f4", "kth": "6e51c0a8b1"}


WHOLE = f"""reader = "toy"
[[files]]
name = "toy.zip"
url = "https://example.org/toy.zip"
[recordings]
"a01.txt" = "{"0" * 64}"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0" * 64, "", "toy.zip: a recording in it has no checksum, and neither has the file"),
        ("[recordings]", f'[recordings]\n"a01.txt" = "{"1" * 64}"', "Cannot overwrite a value"),
        ("reader", "raeder", "'raeder'"),
        ("[[files]]", 'kind = "skeleton"\n[[files]]', "kind: 'skeleton' is none of skeletons, "),
        ("url", "address", "'address'"),
        ("[recordings]", "[recordings", "line 5"),
    ],
)
def test_what_is_wrong_in_the_file_of_a_source_is_named(tmp_path, old, new, said):
    path = tmp_path / "toy.toml"
    path.write_text(WHOLE)
    assert read(path).name == "toy"
    path.write_text(WHOLE.replace(old, new))
    with pytest.raises(UserError, match=rf"(?s)toy\.toml: .*{re.escape(said)}"):
        read(path)


def test_a_source_without_a_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"toy\.toml: cannot be read"):
        read(tmp_path / "toy.toml")


@pytest.mark.real_data
def test_the_real_recordings_become_a_store_of_567(msr_archive, tmp_path):
    published = source_of("msr_action3d")
    acquire(published, tmp_path / "msr.zip", str(msr_archive.parent))
    with zipfile.ZipFile(tmp_path / "msr.zip") as made:
        found = {name: hashlib.sha256(made.read(name)).hexdigest() for name in made.namelist()}
    assert found == published.recordings
    assert len(found) == 567

"""The download: one store of the same bytes, whatever brings it; a real HTTP server."""

import hashlib
import logging
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import FILES, GOOD, IMPATIENT, ONE_RETRY, UNDER, in_turn, left_in, serve, zipped

from drnn.datasets import REGISTRY
from drnn.datasets.acquire import acquire
from drnn.datasets.archive import write_store
from drnn.datasets.contents import contents
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
    manifest = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in nested.items())
    Path(source.manifest).write_text(manifest)
    server.behaviours["/toy.zip"] = serve(zipped(nested))
    acquire(source, output, patience=IMPATIENT)
    with zipfile.ZipFile(output) as made:
        assert {path: made.read(path) for path in made.namelist()} == nested


# The manifest


def test_the_manifest_is_read_without_the_libraries_of_the_download():
    code = (
        "import sys, drnn.datasets as d, drnn.datasets.contents as c\n"
        "assert len(c.contents(d.REGISTRY['msr_action3d'].source).names) == 567\n"
        "assert not {'pooch', 'requests', 'tqdm', 'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_content_hash_follows_the_contents_and_not_the_order(source):
    before = contents(source).content
    manifest = Path(source.manifest)
    manifest.write_text("".join(sorted(manifest.read_text().splitlines(keepends=True))))
    assert contents(replace(source)).content == before
    manifest.write_text(manifest.read_text().replace("a01.txt", "a09.txt"))
    assert contents(replace(source)).content != before


def test_the_keys_of_the_published_sets_stay():
    """The bytes are what the stores are named after: another content hash would fetch everything again."""
    found = {name: contents(REGISTRY[name].source).content[:10] for name in ("msr_action3d", "kth")}
    assert found == {"msr_action3d": "bf9c8199f4", "kth": "6e51c0a8b1"}


@pytest.mark.parametrize("line", ["abc  name", "0" * 64 + "  ../name", "0" * 64 + "  a01.txt"])
def test_a_broken_manifest_is_named(source, line):
    with Path(source.manifest).open("a") as file:
        file.write(line)
    with pytest.raises(UserError, match=r"toy\.sha256:4"):
        contents(source)


def test_a_missing_manifest_is_named(source):
    Path(source.manifest).unlink()
    with pytest.raises(UserError, match=r"toy\.sha256: cannot be read"):
        contents(source)


@pytest.mark.real_data
def test_the_real_recordings_become_a_store_of_567(msr_archive, tmp_path):
    source = REGISTRY["msr_action3d"].source
    acquire(source, tmp_path / "msr.zip", str(msr_archive.parent))
    with zipfile.ZipFile(tmp_path / "msr.zip") as made:
        found = {name: hashlib.sha256(made.read(name)).hexdigest() for name in made.namelist()}
    assert found == source.checksums
    assert len(found) == 567

"""A host that has Snakemake alone, and a stand-in for conda with a small channel of its own.

The stand-in answers what Snakemake asks of conda. Solving and installing are real, done by py-rattler, from packages
that hold links to what is installed here. No assertion is made here (PYTEST_DONT_REWRITE).
"""

import asyncio
import io
import json
import os
import shlex
import sys
import tarfile
import venv
from argparse import ArgumentParser
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import yaml

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
PACKAGES = f"lib/{PYTHON}/site-packages"
VERSION = "24.7.1"  # the first that Snakemake takes
NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
"""Distributions whose packages at conda-forge are called otherwise."""
WITNESS = (
    "import os, sys; 'WITNESS' in os.environ and "
    "open(os.environ['WITNESS'], 'a').write(f'{sys.prefix} {sys.orig_argv[3:4]}\\n')\n"
)
"""A .pth file: each Python that starts in an environment writes where it is and what it was asked for."""
ACTIVATE = 'export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n'


def needed(*requirements: str) -> dict[str, set[str]]:
    """Distribution → those that it requires, for all that these requirements bring, as installed here."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    waiting, found, seen = [Requirement(text) for text in requirements], {}, set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if (name, frozenset(wanted.extras)) in seen:
            continue
        seen.add((name, frozenset(wanted.extras)))
        declared = [Requirement(text) for text in metadata.requires(name) or ()]
        extras = wanted.extras | {""}
        parts = [r for r in declared if not r.marker or any(r.marker.evaluate({"extra": extra}) for extra in extras)]
        found.setdefault(name, set()).update(canonicalize_name(part.name) for part in parts)
        waiting += parts
    return found


def contents(distribution: str) -> dict[str, Path]:
    """What a distribution has in site-packages: name → where that is."""
    found = metadata.distribution(distribution)
    tops = {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}
    return {top: Path(found.locate_file(top)).resolve() for top in sorted(tops)}


def host(folder: Path) -> Path:
    """The folder of programs of a new virtual environment with Snakemake, what it requires, and nothing else."""
    venv.create(folder, symlinks=True)
    programs = folder / "bin"
    for distribution in needed("snakemake"):
        for name, path in contents(distribution).items():
            if not (folder / PACKAGES / name).exists():
                (folder / PACKAGES / name).symlink_to(path)
    _program(programs / "snakemake", str(programs / "python"), "-m", "snakemake")
    return programs


def conda(folder: Path, requirements: list[str]) -> Path:
    """The folder of programs of a new stand-in for conda, whose channel offers what the requirements bring."""
    channel = folder / "channels/conda-forge"
    binaries, own = Path(sys.base_prefix) / "bin", {f"{PACKAGES}/witness.pth": WITNESS}
    own["pyvenv.cfg"] = f"home = {binaries}\ninclude-system-site-packages = false\n"
    links = {f"bin/{name}": binaries / PYTHON for name in ("python", "python3", PYTHON)}
    records = [_package(channel, "python", "{}.{}.{}".format(*sys.version_info), [], own, links)]
    taken = set()
    for name, parts in needed(*requirements).items():
        links = {f"{PACKAGES}/{top}": path for top, path in contents(name).items() if top not in taken}
        taken |= contents(name).keys()  # of a namespace that several distributions share, the first brings all
        version = metadata.version(name).partition("+")[0]
        depends = ["python", *sorted(NAMES.get(part, part) for part in parts)]
        records.append(_package(channel, NAMES.get(name, name), version, depends, {}, links))
    index = {"info": {"subdir": "noarch"}, "packages": dict(records), "packages.conda": {}, "repodata_version": 1}
    (channel / "noarch/repodata.json").write_text(json.dumps(index))
    programs = folder / "bin"
    programs.mkdir()
    (programs / "activate").write_text(ACTIVATE)
    _program(programs / "conda", sys.executable, __file__, str(folder))
    return programs


def _program(path: Path, *words: str) -> None:
    """A program that runs these words and those that it is given."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    path.chmod(0o755)


def _package(
    channel: Path, name: str, version: str, depends: list[str], files: dict[str, str], links: dict[str, Path]
) -> tuple[str, dict]:
    """Write a package of text files and links; its file name and its entry in the channel's index."""
    entry = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": depends}
    entry |= {"noarch": "generic", "subdir": "noarch"}
    paths = [
        {"_path": path, "path_type": kind, "sha256": sha256(text.encode()).hexdigest(), "size_in_bytes": len(text)}
        for kind, part in (("hardlink", files), ("softlink", dict.fromkeys(links, "")))
        for path, text in part.items()
    ]
    about = {"info/index.json": entry, "info/paths.json": {"paths": paths, "paths_version": 1}}
    target = channel / f"noarch/{name}-{version}-0.tar.bz2"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w:bz2") as archive:
        for path, text in (files | {path: json.dumps(content) for path, content in about.items()}).items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
        for path, linked in links.items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, str(linked)
            archive.addfile(member)
    return target.name, entry | {"sha256": sha256(target.read_bytes()).hexdigest(), "size": target.stat().st_size}


def answer(folder: Path, words: list[str]) -> str:
    """Do what `conda <words>` does, for what Snakemake asks of it; what went wrong, if anything did."""
    from rattler import Platform

    said = {
        "--version": f"conda {VERSION}",
        "info --json": json.dumps({"conda_prefix": str(folder), "platform": str(Platform.current())}),
        "config --get channel_priority --json": json.dumps({"get": {"channel_priority": "strict"}}),
        "clean -y --tarballs": "",
    }
    if " ".join(words) in said:
        print(said[" ".join(words)])
        return ""
    if words[:2] != ["env", "create"]:
        return f"this stand-in for conda does not know `conda {shlex.join(words)}`"
    parser = ArgumentParser()
    for option in ("--file", "--prefix"):
        parser.add_argument(option, required=True)
    for option in ("--quiet", "--no-default-packages"):
        parser.add_argument(option, action="store_true")
    options = parser.parse_args(words[2:])
    return asyncio.run(_create(folder, yaml.safe_load(Path(options.file).read_text()), options.prefix))


async def _create(folder: Path, environment: dict, prefix: str) -> str:
    """Solve and install what an environment file lists."""
    import rattler
    from rattler.exceptions import SolverError

    places = rattler.ChannelConfig(f"file://{folder}/channels/")
    channels = [rattler.Channel(name, places) for name in environment["channels"] if name != "nodefaults"]
    gateway, platforms = rattler.Gateway(cache_dir=folder / "index"), [rattler.Platform.current(), "noarch"]
    try:
        records = await rattler.solve(channels, environment["dependencies"], gateway, platforms)
    except SolverError as error:
        return str(error)
    await rattler.install(records, prefix, cache_dir=folder / "pkgs", show_progress=False)
    return ""


if __name__ == "__main__":
    problem = answer(Path(sys.argv[1]), sys.argv[2:])
    print(problem, file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(bool(problem))  # py-rattler's threads may outlive the interpreter, which then crashes

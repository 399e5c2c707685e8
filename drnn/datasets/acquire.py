"""Brings the recordings of a dataset, from a mirror or their public addresses, into one verified store."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pooch

from drnn.datasets.archive import PART, open_archive, read_member, write_store
from drnn.datasets.contents import Contents, contents, ending, is_address
from drnn.datasets.fetch import PATIENCE, Patience, UnreachableError, fetch
from drnn.datasets.source import File, Source
from drnn.errors import UserError

log = logging.getLogger(__name__)

Readers = dict[str, Callable[[], bytes]]  # by its path, what reads a member of the store and verifies it


def acquire(
    source: Source,
    output: str | Path,
    mirror: str | None = None,
    sample: bool = False,
    content: str | None = None,
    patience: Patience = PATIENCE,
) -> Contents:
    """Write the store of ``source``: the same bytes, whatever brings the recordings; one is in memory at a time.

    The ``mirror`` is looked at before the public addresses: a folder with the files, or the loose recordings, in any
    layout, or an http(s) address with ``<name>/<file>``. ``sample`` says whether a part of the set will do, and
    ``content`` what `contents` found when the run was planned. The store holds the plain files too, and PART if it is
    not the published set.

    Raises:
        UserError: no place has a file that is whole and the published one; ``output`` cannot be written.
    """
    output = Path(output)
    log.info("%s: %s %s", source.name, source.citation, source.terms)
    found = contents(source, mirror, sample)
    if content not in (None, found.content):
        raise UserError(
            f"{source.name}: {mirror or 'no mirror'} offers other recordings than when the run was planned (content "
            f"{found.content[:10]}, not {content[:10]}); set DRNN_DATA_MIRROR as it was then, or plan and run again"
        )
    # Whole files with a checksum are taken from here after a run that failed; nothing else in it is ever looked at.
    folder = output.with_name(f".{output.name}.files")
    try:
        with ExitStack() as stack:
            bring = partial(fetch, folder=folder, patience=patience)
            write_store(_readers(source, found, mirror, bring, stack).items(), output)
    except OSError as error:
        reason = f"{error.filename or output}: cannot be read or written ({error.strerror})"
        raise UserError(f"{reason}; free space or change its permissions, then run again") from error
    shutil.rmtree(folder, ignore_errors=True)
    return found


def _readers(source: Source, found: Contents, mirror: str | None, bring: Callable, stack: ExitStack) -> Readers:
    """The members of the store, each file from the first place that has it; ``stack`` closes the archives."""
    readers = {
        name: partial(_verified, found.places[name].read_bytes, checksum, str(found.places[name]))
        for name, checksum in found.loose.items()
    }
    if found.part.verified < found.part.of:
        readers[PART] = json.dumps(found.part._asdict()).encode
    missing, failures = list(found.files), []
    for place in dict.fromkeys([mirror, None]):
        for file in missing.copy():
            try:
                address = _address(source, file, found, place)
                path = bring(address, file) if is_address(address) else Path(address)
                readers |= _opened(source, file, path, address, stack)
                missing.remove(file)
            except UserError as error:
                failures.append(f"\n  - {error}")
                if place is None:
                    raise UserError(_explain(source, file, failures)) from None
                log.warning("%s; trying the next source", error)
                if isinstance(error, UnreachableError):
                    break
    return readers


def _address(source: Source, file: File, found: Contents, mirror: str | None) -> str:
    """Where a file is looked for: in the mirror, or, if there is None, at its public address."""
    if mirror is None:
        return file.url
    if is_address(mirror):
        return f"{mirror.rstrip('/')}/{source.name}/{file.name}"
    if file.name in found.places:
        return str(found.places[file.name])
    lacking = [name for name in source.recordings if name not in found.places]
    what = f"{len(lacking)} of {len(source.recordings)} recordings are not loose: {', '.join(lacking[:3])} …"
    raise UserError(f"{mirror}: holds no {file.name}, and {what}")


def _opened(source: Source, file: File, path: Path, address: str, stack: ExitStack) -> Readers:
    """What a file holds: verified by the file's checksum or, if it has none, each recording by its own."""
    kind, _, expected = (file.checksum or "").partition(":")
    if expected and (actual := pooch.file_hash(path, kind)) != expected:
        raise UserError(f"{address}: expected {file.checksum}, got {actual}: it is damaged or another")
    wanted = {f"{file.under}/{member}".strip("/"): member for member in source.members(file)}
    if not wanted:
        return {file.name: path.read_bytes}
    archive = stack.enter_context(open_archive(path, address))
    readers: Readers = {}
    for info in archive.infolist():
        if member := wanted.get(ending(info.filename, wanted)):
            read = partial(read_member, archive, info, address)
            readers[member] = partial(_verified, read, source.recordings[member], f"{address}: {member}")
    if missing := sorted({*wanted.values()} - readers.keys()):
        said = f"{missing[0]} is missing (expected {len(wanted)} recordings, {len(missing)} missing)"
        raise UserError(f"{address}: {said}")
    for read in () if expected else readers.values():
        read()
    return readers


def _verified(read: Callable[[], bytes], checksum: str, what: str) -> bytes:
    """The content of a recording, which has to be what it is known to be."""
    content = read()
    actual = hashlib.sha256(content).hexdigest()
    if checksum not in ("", actual):
        said = f"expected sha256 {checksum}, got {actual} ({len(content)} bytes)"
        raise UserError(f"{what}: {said}: it is damaged or another; fetch it again, or take it out of the folder")
    return content


def _explain(source: Source, file: File, failures: list[str]) -> str:
    """The last word: what was tried, and what a user can do."""
    return (
        f"{source.name}: no source brought {file.name}; tried{''.join(dict.fromkeys(failures))}\nEither"
        f"\n  - set DRNN_DATA_MIRROR (or --mirror) to a folder or an http(s) address with {source.name}/{file.name},"
        f"\n  - get it from {file.url} by hand, put it or the {len(source.recordings)} loose recordings into a folder, "
        "and name that folder so,"
        "\n  - for videos, set sample: true in params.yaml: those that the folder holds will do, and every result is "
        "labelled as a sample's,"
        "\n  - or run the offline demo, which needs no download: snakemake --cores 2 demo"
    )

"""Brings recordings that lie in several archives, or loose in a folder, into one canonical store."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path, PurePosixPath

from drnn.datasets.archive import open_archive, read_file, read_member, write_store
from drnn.datasets.bring import Bringer
from drnn.datasets.collection import Contents, Holding, contents, look
from drnn.datasets.download import kept
from drnn.datasets.manifest import Collection, checksums
from drnn.datasets.part import PART, Part
from drnn.datasets.transfer import PATIENCE, Patience
from drnn.errors import UserError

log = logging.getLogger(__name__)

_Member = tuple[str, bytes | Callable[[], bytes]]


def collect(
    source: Collection,
    output: str | Path,
    mirror: str | None = None,
    sample: bool = False,
    content: str | None = None,
    patience: Patience = PATIENCE,
) -> Contents:
    """Write the store of ``source``: one zip archive with the recordings, the plain files and perhaps PART.

    One recording is in memory at a time. Files that come over HTTP are kept beside ``output`` until it is made.

    Args:
        source: the dataset.
        output: the store (`write_store`).
        mirror: where to look before the public address: a folder that holds the files or the loose recordings
            in any layout, or an http(s) address that holds ``<name>/<file>`` or ``<file>``.
        sample: whether a part of the set will do (`contents`).
        content: `Contents.content` as it was when the run was planned.
        patience: timeouts and retries of an http(s) address.

    Returns:
        What is in the store.

    Raises:
        UserError: a file or recording is missing, damaged or not the published one (names it, what was
            expected, what came, the remedies); the folder does not hold ``content``; ``output`` cannot be written.
    """
    output = Path(output)
    log.info("%s: %s", source.name, source.terms)
    holding, found = look(source, mirror), contents(source, mirror, sample)
    if content is not None and content != found.content:
        raise UserError(
            f"{source.name}: {mirror or 'no mirror'} offers other recordings than when the run was planned (content "
            f"{found.content[:10]}, not {content[:10]}); set DRNN_DATA_MIRROR as it was then, or plan and run again"
        )
    if holding.others:
        log.info("%s: %s: other files, ignored: %d", source.name, mirror, holding.others)
    with kept(output) as folder, ExitStack() as stack:
        files = Bringer(source, holding, mirror, folder, patience).bring(found.archives)
        write_store(_members(source, found, holding, files, stack), output)
    log.info(
        "%s: %d of %d recordings, %d of them verified by checksum",
        *(source.name, found.recordings, found.of, found.verified),
    )
    return found


def _members(
    source: Collection, found: Contents, holding: Holding, files: dict[str, Path], stack: ExitStack
) -> Iterator[_Member]:
    """The members of the store, not read yet."""
    for name, path in files.items():
        if name in found.archives:
            yield from _archived(path, source.members[name], stack)
        else:
            yield name, partial(read_file, path)
    known = checksums(source)
    for name, checksum in found.loose.items():
        yield name, partial(_read_loose, holding.loose[name][0], checksum, known.get(name))
    if not found.published:
        yield PART, Part(found.recordings, found.of, found.verified).to_json()


def _archived(path: Path, names: tuple[str, ...], stack: ExitStack) -> Iterator[_Member]:
    """The recordings of an archive; what else it holds is ignored."""
    archive = stack.enter_context(open_archive(path, str(path)))
    members = {PurePosixPath(member.filename).name: member for member in archive.infolist() if not member.is_dir()}
    if missing := [name for name in names if name not in members]:
        raise UserError(f"{path}: {missing[0]} is missing (expected {len(names)} recordings, {len(missing)} missing)")
    if others := len(members) - len(names):
        log.info("%s: other members, ignored: %d", path, others)
    for name in names:
        yield name, partial(read_member, archive, members[name], str(path))


def _read_loose(path: Path, checksum: str, known: str | None) -> bytes:
    """The content of a loose recording, which has to be what it was and what it is known to be."""
    content = read_file(path)
    actual = hashlib.sha256(content).hexdigest()
    if actual != (known or checksum):
        raise UserError(
            f"{path}: expected sha256 {known or checksum}, got {actual} ({len(content)} bytes): it is damaged "
            "or another; fetch it again, or take it out of the folder"
        )
    if path.suffix == ".avi":
        _check_avi(path, content)
    return content


def _check_avi(path: Path, content: bytes) -> None:
    """Refuse what is no AVI; warn of one that is cut short, as a published one is said to be."""
    if content[:4] != b"RIFF" or content[8:12] != b"AVI ":
        raise UserError(
            f"{path}: is no AVI video ({len(content)} bytes that start with {content[:12]!r}); fetch it again, or "
            "take it out of the folder"
        )
    announced = 8 + int.from_bytes(content[4:8], "little")
    if announced > len(content):
        log.warning("%s: is cut short: %d of %d bytes; its whole frames are used", path, len(content), announced)

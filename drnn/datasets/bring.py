"""Brings each file of a collection: from a folder, from what an earlier run kept, from a mirror, from its address."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from drnn.datasets.collection import Holding, is_address, is_folder
from drnn.datasets.manifest import Collection
from drnn.datasets.resume import Wanted, described, digest
from drnn.datasets.transfer import NoArchiveError, Patience, TransferError, fetch
from drnn.errors import UserError

NAMED = 3
"""How many of the missing recordings a message names."""

log = logging.getLogger(__name__)


@dataclass
class Bringer:
    """Where the files of ``source`` are looked for.

    Attributes:
        source: the dataset.
        holding: what the folder ``mirror`` holds.
        mirror: folder or address that comes before the public address.
        folder: for files that come over HTTP, and for what earlier runs left there.
        patience: timeouts and retries of an http(s) address.
        unreachable: why an address is not asked again, by address.
    """

    source: Collection
    holding: Holding
    mirror: str | None
    folder: Path
    patience: Patience
    unreachable: dict[str, str] = field(default_factory=dict)

    def bring(self, archives: tuple[str, ...]) -> dict[str, Path]:
        """The plain files, which are small and come first, and ``archives``: verified, by name.

        Raises:
            UserError: no source brought one of them; names each source and why, and the remedies.
            OSError: the folder cannot be written.
        """
        plain = [name for name in self.source.files if name not in self.source.members]
        return {name: self._one(Wanted(name, self.source.files[name])) for name in [*plain, *archives]}

    def _one(self, wanted: Wanted) -> Path:
        kept = self.folder / wanted.name
        failures = []
        for path in self.holding.files.get(wanted.name, []):
            if not (fault := _fault(path, wanted)):
                return path
            failures.append(fault)
        if kept.exists():
            if not _fault(kept, wanted):
                return kept
            kept.unlink()
        if self.mirror and not is_address(self.mirror) and not failures:
            failures.append(self._absence(wanted))
        for failure in failures:
            log.warning("%s; trying the next source", failure)
        for path, failure in self._fetched(wanted):
            if path:
                return path
            failures.append(failure)
        raise UserError(self._explain(wanted, failures))

    def _fetched(self, wanted: Wanted) -> Iterator[tuple[Path | None, str]]:
        """The file from each address, or why not; one that cannot be reached is asked for no other file."""
        bases = [self.source.url]
        if is_address(self.mirror):
            base = self.mirror.rstrip("/")
            bases = [f"{base}/{self.source.name}/", f"{base}/", *bases]
        for base in bases:
            site = self.mirror if base != self.source.url else base
            if site in self.unreachable:
                yield None, self.unreachable[site]
                continue
            try:
                yield fetch(base + wanted.name, self.folder, self.patience, wanted), ""
            except NoArchiveError as error:
                yield None, str(error)
            except TransferError as error:
                self.unreachable[site] = str(error)
                yield None, str(error)

    def _absence(self, wanted: Wanted) -> str:
        """What the folder lacks."""
        if not is_folder(self.mirror):
            return f"{self.mirror}: no such folder"
        missing = sorted(set(self.source.recordings) - self.holding.loose.keys())
        total, loose = len(self.source.recordings), len(self.holding.loose)
        if not loose or not missing or wanted.name not in self.source.members:
            return f"{self.mirror}: holds no {wanted.name}, and {loose} of the {total} recordings loose"
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        return (
            f"{self.mirror}: holds no {wanted.name}, and {loose} of the {total} recordings loose; {len(missing)} are "
            f"missing: {', '.join(missing[:NAMED])}{more} (sample: true takes the part that is there)"
        )

    def _explain(self, wanted: Wanted, failures: list[str]) -> str:
        """The last word: every source that was tried, and what a user can do."""
        name, count = self.source.name, len(self.source.recordings)
        came = sorted(path.name for path in self.folder.iterdir() if path.stat().st_size)
        lines = [
            f"{name}: no source brought {wanted.name} ({described(wanted.checksum)}); tried",
            *(f"  - {failure}" for failure in dict.fromkeys(failures)),
            f"expected: {', '.join(self.source.files)}. Either",
            "  - set DRNN_DATA_MIRROR (or --mirror) to a folder or an http(s) address with "
            f"{name}/{wanted.name} and the others,",
            f"  - get them from {self.source.url} by hand, put them or the {count} loose recordings into a folder, "
            "and name that folder so,",
            "  - set sample: true for the dataset in params.yaml: the recordings that the folder holds will do, and "
            "every result is labelled as that of a part of the set,",
            "  - or run the offline demo, which needs no download: snakemake --cores 2 demo",
        ]
        if came:
            lines.append(f"kept, so that the next run goes on from there: {', '.join(came)} in {self.folder}")
        return "\n".join(lines)


def _fault(path: Path, wanted: Wanted) -> str:
    """Why a file is not the one that is wanted; nothing if it is."""
    try:
        actual, size = digest(path, wanted.checksum), path.stat().st_size
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror})"
    if actual == wanted.checksum:
        return ""
    return f"{path}: expected {described(wanted.checksum)}, got {actual} ({size} bytes): it is damaged or another"

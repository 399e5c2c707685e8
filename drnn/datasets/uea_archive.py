"""A set of the UEA archive by its name: from a mirror, or from the archive's own address."""

import logging
from pathlib import Path

from drnn.datasets.acquire import acquire
from drnn.datasets.collection import Collection
from drnn.datasets.fetch import fetch
from drnn.datasets.source import File, Source, known, source
from drnn.datasets.ts_files import pair
from drnn.errors import UserError

ADDRESS = "https://timeseriesclassification.com/aeon-toolkit/"

log = logging.getLogger(__name__)


def download(name: str, mirror: str | None = None, folder: Path = Path()) -> Path:
    """The zip archive NAME.zip in ``folder``, which is fetched unless it is there.

    Of the sets that this project knows both files are verified. Of others what the archive holds today is taken: an
    experiment is then keyed by its bytes.

    Args:
        name: as the archive writes it, "BasicMotions".
        mirror: folder or address that is asked before, for the sets that are known.

    Raises:
        UserError: there is no such set, it can't be reached, or what came is no set.
    """
    path = folder / f"{name}.zip"
    if path.is_file():
        log.info("%s: is there already, and is taken as it is", path)
        return path
    if found := _source(path.name):
        acquire(found, path, mirror)
        return path
    log.warning("%s: its checksum is not known here, so it is taken as the archive holds it today", name)
    fetch(ADDRESS + path.name, File(path.name, ADDRESS + path.name), folder)
    try:
        with Collection(path) as collection:
            pair(collection)
    except UserError:
        path.unlink(missing_ok=True)
        raise
    return path


def _source(filename: str) -> Source | None:
    """The source of this archive, if its checksums are known."""
    sources = (source(name) for name in known())
    return next((one for one in sources if one.reader == "uea" and filename in [f.name for f in one.files]), None)

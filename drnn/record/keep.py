"""What of the record stays when some of its datasets are published anew: it is added to, and nothing goes unasked."""

import json
from collections.abc import Iterable
from pathlib import Path

from drnn.config.schema import BLOCKS
from drnn.errors import UserError

OF_DATASET = ("metrics/{}.json", "predictions/{}.csv", "figures/{}_*.svg", "data/*/{}.csv")
MADE = ("made_again_by", "date", "revision", "report")


def kept(record: Path, anew: Iterable[str], remove: Iterable[str]) -> list[str]:
    """The datasets of a record that are neither published anew nor removed.

    Raises:
        UserError: one that is to be removed is not there, or is published anew.
    """
    here = _provenance(record)["params"]["run"]
    anew, remove = list(anew), list(remove)
    for name in remove:
        if name not in here or name in anew:
            why = "is published by this run" if name in anew else f"is not in the record, which has {', '.join(here)}"
            raise UserError(f"--remove {name}: {why}")
    return [name for name in here if name not in (*anew, *remove)]


def files(record: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The files of these datasets alone."""
    found = (path for name in names for pattern in OF_DATASET for path in record.glob(pattern.format(name)))
    return {path.relative_to(record).as_posix(): path.read_bytes() for path in found}


def joined(record: Path, provenance: dict, names: list[str]) -> dict:
    """The provenance of what is published, with that of the datasets that stay.

    Raises:
        UserError: a block of the parameters is another than the one they were made with.
    """
    if not names:
        return provenance
    before, params = _provenance(record), provenance["params"]
    whole = dict(params)
    for part in BLOCKS:
        for name, block in before["params"][part].items():
            if params[part].get(name, block) != block and (part != "datasets" or name in names):
                raise UserError(
                    f"{part}.{name}: is another than the one that {', '.join(names)} of the record was made with; "
                    "publish a run of all datasets, or remove those of the record (--remove)"
                )
        whole[part] = before["params"][part] | params[part]
    whole["run"] = [*(name for name in before["params"]["run"] if name in names or name in params["run"])]
    whole["run"] += [name for name in params["run"] if name not in whole["run"]]
    earlier = before.get("earlier", {}) | {
        name: {word: before[word] for word in MADE} for name in names if name not in before.get("earlier", {})
    }
    return provenance | {"params": whole, "earlier": {name: earlier[name] for name in names}}


def _provenance(record: Path) -> dict:
    path = record / "provenance.json"
    if not path.is_file():
        return {"params": {"run": []}}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); restore it from git") from None

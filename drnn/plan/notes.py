"""How each file was made, noted when it is made: results/made/<step>@<key>.json.

A key promises that a file is right as long as nobody touches it. The note holds what the key stands for, so that
`drnn status` can name what has changed since; the file's own hash, so that an edited or damaged one is found; and
the versions of libraries, which are in no key.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import TypeAdapter

from drnn import keys
from drnn.errors import UserError
from drnn.files import write_text
from drnn.plan.jobs import Job, flat

SHOWN = 4
"""How many damaged files are named."""
LIBRARIES = ("av", "h5py", "matplotlib", "numba", "numpy", "scikit-learn", "scipy", "torch")


@dataclass(frozen=True)
class Note:
    """How a job was done.

    Attributes:
        step, params: the job's.
        inputs: files, whose names carry their keys.
        code: module → hash of its code, for all that the key stands for.
        outputs: file → sha256.
        versions: library → version.
    """

    step: str
    params: dict
    inputs: list[str]
    code: dict[str, str]
    outputs: dict[str, str]
    versions: dict[str, str]


def write_note(job: Job) -> None:
    """Write down what made a job's outputs, which are there."""
    hashes = {path: digest(path) for path in job.makes}
    note = Note(job.step, job.params, flat(job.inputs), keys.parts_of(*job.code), hashes, installed())
    write_text(job.note, json.dumps(asdict(note), indent=1) + "\n")


def read_note(path: str | Path) -> Note | None:
    """A note; None where there is none that can be read, or where a field is not what it should be."""
    try:
        return TypeAdapter(Note).validate_json(Path(path).read_bytes())
    except (OSError, ValueError):
        return None


def read_notes(root: str | Path) -> list[Note]:
    """All notes in a results folder, the newest first."""
    paths = sorted(Path(root).glob("made/*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [note for note in map(read_note, paths) if note]


def check(jobs: list[Job]) -> str:
    """Compare what jobs have made with their notes; what came without a note (`dvc pull`) is counted apart.

    Raises:
        UserError: a file differs.
    """
    verified, unknown, damaged = 0, 0, []
    for job in jobs:
        note = read_note(job.note)
        for path in job.makes:
            expected = note.outputs.get(path) if note else None
            if expected is None:
                unknown += 1
            elif digest(path) == expected:
                verified += 1
            else:
                damaged.append(path)
    if damaged:
        named = "\n".join(f"  {path}" for path in damaged[:SHOWN])
        more = f"\n  and {len(damaged) - SHOWN} more" if len(damaged) > SHOWN else ""
        raise UserError(
            f"not as they were made, {len(damaged)} of {verified + len(damaged)}:\n{named}{more}\n"
            "delete them and what was made from them, and run again"
        )
    apart = f"; {unknown} came without a note of how they were made" if unknown else ""
    return f"{verified} files are as they were made{apart}"


def digest(path: str | Path) -> str:
    """The sha256 (hex) of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed() -> dict[str, str]:
    """Library → version, of those that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

"""`drnn init`: look at sequences of one's own, say what they are, and write an experiment with them."""

import json
import logging
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import jinja2
import numpy as np
import yaml

from drnn.cli.divide import Divided, divide, people
from drnn.config import generic
from drnn.config.recipe import Recipe
from drnn.datasets import table, uea
from drnn.datasets.collection import Collection
from drnn.datasets.listing import LIST
from drnn.datasets.store import SequenceSet
from drnn.datasets.uea_archive import download
from drnn.errors import UserError
from drnn.files import write_text

OF_ARCHIVE = "uea:"
NAMED = 12
"""Names of classes or subjects that are listed; of more, how many there are."""


def init(path: str, name: str | None) -> str:
    """Write NAME.yaml for the sequences at ``path``; returns what was found, and the command that runs it.

    Args:
        path: of a folder or archive, or `uea:NAME`, which is downloaded to NAME.zip.
        name: of the experiment; None: that of the folder.

    Raises:
        UserError: there are no sequences, something in them is to be mended, or NAME.yaml is there already.
    """
    if path.startswith(OF_ARCHIVE):
        path = str(download(path.removeprefix(OF_ARCHIVE), os.environ.get("DRNN_DATA_MIRROR")))
    name = _name(path, name)
    source = _source(path)
    file = Path(f"{name}.yaml")
    if file.exists():
        raise UserError(f"{file}: is there already; take another name with --name, or move it")
    sequences = _quietly({"table": table, "uea": uea}[source].read, path)
    if len(set(sequences.labels.tolist())) < 2:
        left = f"{len(sequences)} sequences with two frames or more are left, all of"
        raise UserError(f"{path}: {left} {sequences.classes[sequences.labels[0]]!r}; at least two classes are needed")
    divided = divide(sequences)
    found = [*_found(sequences), f"protocol: {divided.words}"]
    command = f"snakemake --cores 8 --configfile {file}"
    write_text(file, _experiment(name, source, path, sequences, divided, found, command))
    return "\n".join([f"{path}:", *(f"  {line}" for line in found), f"wrote {file}; now run", f"  {command}"])


def _quietly(read: Callable[[str], SequenceSet], path: str) -> SequenceSet:
    """Read without a line in the log for each sequence that is mended: these are summed up afterwards."""
    readers = logging.getLogger("drnn.datasets")
    level = readers.level
    readers.setLevel(logging.ERROR)
    try:
        return read(path)
    finally:
        readers.setLevel(level)


def _source(path: str) -> str:
    """Which of the two formats lies there."""
    with Collection(path) as collection:
        if LIST in collection.names:
            return "table"
        if any(name.endswith("_TRAIN.ts") for name in collection.names):
            return "uea"
    raise UserError(
        f"{path}: holds neither {LIST} nor NAME_TRAIN.ts; write a {LIST} with a head `file,label` and a row for each "
        "sequence (docs/new-dataset.md)"
    )


def _name(path: str, name: str | None) -> str:
    """A name that params.yaml can hold."""
    if name and not _is_name(name):
        raise UserError(f"--name {name}: is no name; take letters, digits and _, a letter first, and no word of YAML's")
    plain = re.sub(r"\W+", "_", Path(path).resolve().stem, flags=re.ASCII).strip("_").lower()
    return name or (plain if _is_name(plain) else f"own_{plain}".rstrip("_"))


def _is_name(text: str) -> bool:
    """Whether it is one in YAML, in which `no` and `null` are none."""
    return bool(re.fullmatch(r"[A-Za-z]\w*", text, re.ASCII)) and yaml.safe_load(text) == text


def _found(sequences: SequenceSet) -> list[str]:
    """What there is, in words."""
    about = sequences.attributes
    known, lengths = people(sequences), sequences.lengths
    classes = Counter(sequences.classes[label] for label in sequences.labels)
    lines = [f"{len(sequences)} sequences of {len(classes)} classes: {_listed(classes)}"]
    names = about.get("subjects", {})
    lines.append(
        f"{len(known)} subjects: {_listed([names.get(str(n), str(n)) for n in known])}"
        if known
        else "subjects are not known"
    )
    skeleton = sequences.skeleton
    width = sequences.frames.shape[1]
    lines.append(f"{width} values a frame" + (f": {len(skeleton.joints)} joints of 3" if skeleton else ""))
    lines.append(f"{lengths.min()} to {lengths.max()} frames, median {int(np.median(lengths))}; lengths may differ")
    return lines + _mended(about)


def _mended(about: dict) -> list[str]:
    """What was missing, and what is done about it."""
    repairs = about["repairs"].values()
    filled, cut = (sum(repair[what] for repair in repairs) for what in ("interpolated", "cut"))
    lines = []
    if filled:
        frames = f"{filled} frame{'s' * (filled > 1)}"
        lines.append(f"missing values in {frames}: filled between the measured ones before and after")
    if cut:
        lines.append(f"{cut} frames without any value at the ends of sequences: cut")
    if not lines:
        lines.append("no value is missing")
    if about["excluded"]:
        lines.append(f"left out: {_listed([f'{name} ({why})' for name, why in about['excluded'].items()])}")
    return lines


def _listed(names) -> str:
    """Names, with their numbers if they are counted; of many the first."""
    counted = isinstance(names, Counter)
    each = [f"{name} ({count})" for name, count in names.items()] if counted else [str(name) for name in names]
    return ", ".join(each[:NAMED]) + (f" and {len(each) - NAMED} more" if len(each) > NAMED else "")


def _experiment(
    name: str, source: str, path: str, sequences: SequenceSet, divided: Divided, found: list[str], command: str
) -> str:
    """The text of NAME.yaml."""
    values = sequences.frames.shape[1]
    auto = Recipe(epochs="auto", batch_size="auto", frame_stride="auto")
    posed = sequences.skeleton is not None
    named = sequences.attributes.get("subjects", {})
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    template = environment.from_string(Path(__file__).with_name("own.yaml.j2").read_text(encoding="utf-8"))
    return (
        template.render(
            name=name,
            title=name.replace("_", " "),
            source=source,
            path=path,
            command=command,
            found=found,
            subjects=people(sequences),
            named=", ".join(f"{n} = {who}" for n, who in named.items() if n != who),
            features="joints" if posed else "values",
            protocols=list(divided.rules),
            rules=divided.rules,
            units=generic.units(values),
            units_rule=f"from {values} values a frame",
            dtw="{method: dtw, centre: true}" if posed else "{method: dtw, centre: false}",
            sized=auto.sized(divided.training, int(np.median(sequences.lengths))),
        )
        + "\n"
    )

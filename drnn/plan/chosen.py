"""Which experiment is meant: params.yaml, a file of one's own, or the last one that was run.

Snakemake takes an experiment by `--configfile` and single values by `--config`. What it was told is remembered beside
the results, so that the commands mean the same, and `drnn gc` keeps what was made of every experiment.
"""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from drnn.config.params import Params, read_yaml, validate
from drnn.errors import UserError
from drnn.files import write_text
from drnn.plan.experiment import EXPERIMENTS, Plan

DEFAULT, ROOT = EXPERIMENTS["paper"]
MEMORY = "experiments.json"


@dataclass(frozen=True)
class Experiment:
    """What an experiment is made of.

    Attributes:
        files: of parameters, each of which changes those before it; none where a workflow made them up.
        values: set on the command line besides.
        root: folder of the results.
        as_run: all parameters as they were when it ran; they stand in for a file that is gone.
    """

    files: tuple[str, ...] = (DEFAULT,)
    values: dict[str, Any] = field(default_factory=dict)
    root: str = ROOT
    as_run: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """natops.yaml with run: [natops]."""
        values = ", ".join(f"{name}: {_flow(value)}" for name, value in self.values.items())
        return (", ".join(self.files) or "a workflow's own parameters") + (f" with {values}" if values else "")

    @property
    def arguments(self) -> str:
        """What makes Snakemake run it, each word after a blank."""
        files = "" if self.files == (DEFAULT,) else "".join(f" {shlex.quote(file)}" for file in self.files)
        values = "".join(f" {name}={shlex.quote(_flow(value))}" for name, value in self.values.items())
        return (f" --configfile{files}" if files else "") + (f" --config{values}" if values else "")

    @property
    def gone(self) -> list[str]:
        """The files that are no longer there."""
        return [file for file in self.files if not Path(file).exists()] if self.as_run else []

    def params(self) -> Params:
        """The parameters as its files stand; as it ran where one of them is gone.

        Raises:
            UserError: a file cannot be read, or does not hold an experiment.
        """
        if self.gone or not self.files:
            return validate(self.as_run, self.name)
        config: dict = {}
        for block in (*map(read_yaml, self.files), self.values):
            config = merged(config, block)
        return validate(config, self.name)

    def plan(self) -> Plan:
        """The plan of these parameters."""
        return Plan(self.params(), self.root)


def merged(config: Mapping, changes: Mapping) -> dict:
    """``config`` with ``changes``, block by block, as Snakemake does it."""
    found = dict(config)
    for name, value in changes.items():
        within = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = merged(found[name], value) if within else value
    return found


def told(config: Mapping, files: Iterable[Path], values: Mapping) -> Experiment:
    """What Snakemake was told to run.

    Args:
        config: all parameters.
        files: of --configfile.
        values: of --config.
    """
    here = Path.cwd()
    named = tuple(str(path.relative_to(here) if path.is_relative_to(here) else path) for path in files)
    return Experiment(named, dict(values), ROOT, dict(config))


def remember(experiment: Experiment) -> None:
    """Note that an experiment was run; it is the last one now."""
    others = [known for known in remembered() if known.name != experiment.name]
    _write([*others, experiment])


def remembered() -> list[Experiment]:
    """The experiments that were run in this folder, the last one at the end.

    Raises:
        UserError: the file that says so is broken.
    """
    path = Path(ROOT, MEMORY)
    if not path.is_file():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [Experiment(**entry | {"files": tuple(entry["files"])}) for entry in entries]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it, and params.yaml is meant again") from None


def others() -> list[Experiment]:
    """Those of them that are not params.yaml as it stands."""
    return [known for known in remembered() if known.name != Experiment().name]


def forget(name: str) -> None:
    """Let go of an experiment that was run.

    Raises:
        UserError: none of this name was.
    """
    known = remembered()
    if name not in [one.name for one in known]:
        raise UserError(f"{name}: was not run here; known: {'; '.join(one.name for one in known) or 'none'}")
    _write([one for one in known if one.name != name])


def chosen(experiment: str | None = None) -> Experiment:
    """The experiment that a person means: `paper`, `demo`, a file of parameters or, by None, the last one.

    Raises:
        UserError: there is no such file.
    """
    if experiment is None:
        return (remembered() or [Experiment()])[-1]
    if experiment in EXPERIMENTS:
        file, root = EXPERIMENTS[experiment]
        return Experiment((file,), root=root)
    if found := [one for one in remembered() if one.name == experiment]:
        return found[0]
    if not Path(experiment).is_file():
        known = [*EXPERIMENTS, "searches", *(one.name for one in remembered())]
        raise UserError(f"{experiment}: is no file of parameters; what else can be meant: {'; '.join(known)}")
    return Experiment((experiment,))


def _write(experiments: list[Experiment]) -> None:
    path, text = Path(ROOT, MEMORY), json.dumps([asdict(one) for one in experiments], indent=1) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def _flow(value: Any) -> str:
    """A value as it is written in one line of YAML."""
    return yaml.safe_dump(value, default_flow_style=True, width=float("inf")).removesuffix("\n").removesuffix("\n...")

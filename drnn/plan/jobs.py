"""Jobs: one run of a step each, and the names of the files that it makes."""

import itertools
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from drnn import keys
from drnn.errors import UserError
from drnn.files import write_text
from drnn.plan.steps import STEPS

NOTE = "{root}/made/{step}@{key}.json"
ORDER = "{root}/jobs/{step}@{key}.json"
ROOMS = {"reader": "drnn.datasets", "kind": "drnn.features", "method": "drnn.baselines"}
"""Parameters that name a module, and the package in which it lies."""

Files = dict[str, str | list[str]]
"""Name → file or files."""


@dataclass(frozen=True)
class Job:
    """One run of a step.

    Attributes:
        step: name of the step.
        module: in drnn/steps/, which does it.
        params: what the step is told, JSON values.
        inputs: files that the outputs are made of; their names carry the inputs' keys.
        holders: files in which something that the outputs are made of lies beside other things. What it is follows
            from the inputs and from the step's code; the other things make no difference, and so no key.
        key: hash of the step, its parameters, inputs and code.
        outputs: name → file.
        note: file in which it is written down how the outputs were made (drnn.plan.notes).
        order: file in which all of this travels to the command that does the job.
        names: values of the wildcards in the outputs' names.
    """

    step: str
    module: str
    params: dict
    inputs: Files
    holders: Files
    key: str
    outputs: dict[str, str]
    note: str
    order: str
    names: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> tuple[str, ...]:
        """The modules at which the job's code starts."""
        return code_of_step(self.module, self.params)

    @property
    def command(self) -> str:
        """What follows `drnn` on a command line, once the order is written."""
        return f"{self.step} {self.order}"

    def write_order(self) -> None:
        """Write the file that the command reads; nothing where it is there."""
        content = json.dumps(asdict(self), indent=1) + "\n"
        path = Path(self.order)
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            write_text(path, content)

    @classmethod
    def ordered(cls, path: str | Path) -> "Job":
        """The job of an order.

        Raises:
            UserError: the file cannot be read, or is no order.
        """
        try:
            return cls(**json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise UserError(
                f"{path}: is no order of a job ({error}); Snakemake writes it when the job starts"
            ) from None

    @property
    def needs(self) -> list[str]:
        """All files that have to be there."""
        return flat(self.inputs) + flat(self.holders)

    @property
    def makes(self) -> list[str]:
        """All files that will be there; the first stands for the job."""
        return list(self.outputs.values())

    @property
    def exists(self) -> bool:
        """Whether all that the job makes is there."""
        return all(Path(path).is_file() for path in self.makes)


def flat(files: Files) -> list[str]:
    """All files, in their order."""
    return list(itertools.chain.from_iterable([v] if isinstance(v, str) else v for v in files.values()))


def code_of_step(module: str, params: dict) -> tuple[str, ...]:
    """The modules at which a step's code starts: its own, and those that its parameters name."""
    named = [f"{room}.{params[name]}" for name, room in ROOMS.items() if name in params]
    return (f"drnn.steps.{module}", *named)


class Jobs(list[Job]):
    """Jobs under one results folder, each after those whose outputs it needs."""

    def __init__(self, root: str):
        super().__init__()
        self.root = root
        self._known: set[str] = set()

    def add(
        self,
        step: str,
        params: dict,
        inputs: Files,
        *,
        module: str = "",
        holders: Files | None = None,
        key: str = "",
        outputs: dict[str, str] | None = None,
        **names: str | int,
    ) -> Job:
        """The job of a step, made unless it is there: datasets may share what they have in common.

        Args:
            step, params, inputs, holders: see `Job`.
            module: where the step is done in more than one way.
            key: where it is not the hash of these.
            outputs: patterns of the files' names; default: the step's.
            names: values of the wildcards.
        """
        params = json.loads(json.dumps(params))  # what the command will read
        module = module or step
        key = key or keys.key(step, params, flat(inputs), code_of_step(module, params))
        names = {name: str(value) for name, value in names.items()}
        patterns = STEPS[step].outputs if outputs is None else outputs
        paths = {name: pattern.format(root=self.root, key=key, **names) for name, pattern in patterns.items()}
        note = NOTE.format(root=self.root, step=step, key=key)
        order = ORDER.format(root=self.root, step=step, key=key)
        job = Job(step, module, params, inputs, holders or {}, key, paths, note, order, names)
        if job.makes[0] not in self._known:
            self._known.add(job.makes[0])
            self.append(job)
        return job

    def of(self, step: str, **names: str) -> list[Job]:
        """The jobs of a step, of a dataset, of a model, …"""
        return [job for job in self if job.step == step and names.items() <= job.names.items()]

    def makers(self) -> dict[str, Job]:
        """File → the job that makes it."""
        return {path: job for job in self for path in job.makes}

    def upstream(self, ends: Iterable[Job], made: bool = True) -> list[Job]:
        """The jobs that make ``ends``, these included; without what is ``made``, those that are still to run."""
        makers = self.makers()
        waiting, found = list(ends), set()
        while waiting:
            job = waiting.pop()
            if job.makes[0] not in found and (made or not job.exists):
                found.add(job.makes[0])
                waiting += [makers[path] for path in job.needs]
        return [job for job in self if job.makes[0] in found]

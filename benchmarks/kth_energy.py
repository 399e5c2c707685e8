"""What sketches and shared directions lose of real videos' energy, against the exact decomposition of all frames.

    DRNN_DATA_MIRROR=/path/to/data python benchmarks/kth_energy.py --out benchmarks/kth_energy.md

Of the videos of KTH that the folder holds, by the protocol `six_subjects`: every training frame, and every frame of
the test subject. Takes 4 GB of memory and seven minutes.
"""

import os
from collections.abc import Sequence
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

import harness
import numpy as np
import typer
from scipy import linalg

from drnn.config.features import Hog3dFeatures
from drnn.errors import UserError
from drnn.features import pca, shared_projection
from drnn.features.hog3d import CellBlock
from drnn.features.pca import Basis, Energy
from drnn.features.shared_projection import Shared
from drnn.features.sketch import COLUMNS, Sketch, gram
from drnn.machine import Machine
from drnn.plan.experiment import Plan
from drnn.steps import download, sketch
from drnn.steps.shared.described import cells
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import load_sketches

DATASET, PROTOCOL, SIDES = "kth1_sample", "six_subjects", ("train", "test")
SUBJECT = 289_157 / 25  # frames of a subject of the whole set, by its list
TRAINING = 16  # subjects of a split
BAR, AIM = 0.1, 0.02  # % of the training energy


class Case(NamedTuple):
    """A way to a basis: landmarks of a subject, a number or a part of its frames; shared directions; centring."""

    components: int
    landmarks: int | float
    directions: int | None = None
    center: bool = False

    @property
    def said(self) -> str:
        """The landmarks in words."""
        return f"{self.landmarks:,} a subject" if self.landmarks >= 1 else f"{self.landmarks:.0%} of a subject's frames"

    def of(self, frames: int) -> int:
        """How many landmarks a subject of so many frames has."""
        return min(self.landmarks, frames) if self.landmarks >= 1 else round(self.landmarks * frames)


def cases(block: Hog3dFeatures, frames: int) -> list[Case]:
    """The block's own settings and others beside them; the last for ``frames`` to train on.

    The last three have landmarks as sparse as in subjects of full size, one of them as many to a component, too.
    """
    count, most, directions = block.n_components, block.landmarks, block.directions
    shared = [Case(count, most, directions + more) for more in (-100, 0, 100)]
    fewer = [Case(count, n, r) for n in (2 * most // 3, most // 3, most / SUBJECT) for r in (None, directions)]
    few = round(count * frames / (TRAINING * SUBJECT))
    return [Case(count, most), *shared, Case(count, most, center=True), *fewer, Case(few, most / SUBJECT)]


def exact(training: np.ndarray, test: np.ndarray, components: int, center: bool) -> dict[str, Energy]:
    """What the strongest directions of training frames (n, D) keep of these and of other frames, all in float64."""
    matrix, cross, total = np.zeros((len(training), len(training))), np.zeros((len(test), len(training))), 0.0
    for start in range(0, training.shape[1], COLUMNS):
        own, other = (frames[:, start : start + COLUMNS].astype(np.float64) for frames in (training, test))
        if center:
            own, other = own - own.mean(0), other - own.mean(0)
        matrix += own @ own.T
        cross += other @ own.T
        total += float(np.vdot(other, other))
    values, vectors = linalg.eigh(matrix, subset_by_index=(len(matrix) - components, len(matrix) - 1))
    kept_of_test = np.square(cross @ vectors / values**0.5).sum()
    found = Energy(values.sum(), matrix.trace()), Energy(kept_of_test, total)
    return dict(zip(SIDES, found, strict=True))


def fitted(sketches: Sequence[Sketch], case: Case) -> Basis | Shared:
    """The basis that a split's step fits to its training subjects' sketches."""
    matrix = gram([part.rows for part in sketches])
    basis = pca.fit(matrix, sketches, range(len(sketches)), case.components, case.center)
    return basis if case.directions is None else shared_projection.shared(basis, case.directions)


def kept(basis: Basis | Shared, blocks: Sequence[CellBlock]) -> Energy:
    """What a basis keeps of videos' frames, projected as the pipeline does: by cells if it is in two parts."""
    by_cells = isinstance(basis, Shared)
    project, energies = (shared_projection if by_cells else pca).projector([basis]), []
    for block in blocks:
        if by_cells:
            energies += shared_projection.energies(block, project(block))
        else:
            frames = frames_of([block])
            energies += pca.energies([basis], frames, project(frames))
    return reduce(add, energies)


def lost(found: Energy, best: Energy) -> float:
    """By how much a basis leaves more of the energy than the exact decomposition does, in % of the energy."""
    return 100 * ((found.total - found.kept) - (best.total - best.kept)) / best.total


def frames_of(blocks: Sequence[CellBlock]) -> np.ndarray:
    """(n, D) float32, the descriptors of videos, one after the other."""
    return np.concatenate([block.descriptors().reshape(len(block.frames), -1) for block in blocks])


def sketched(params: dict, subject: int, store: Path, landmarks: int) -> Sketch:
    """A subject's sketch by the workflow's own step."""
    output = store.with_name("sketches.h5")
    told = params | {"subjects": [subject], "landmarks": landmarks}
    sketch.run(told, {"recordings": store}, {"sketches": output}, Machine())
    return load_sketches([output])[1][0]


def row(said: str, landmarks: int, case: Case, found: dict[str, Energy], best: dict[str, Energy]) -> list[str]:
    """A table's row: how a basis was fitted, to how many frames in all, what it keeps and what it loses."""
    energies = (text for side in SIDES for text in (f"{found[side].ratio:.2%}", f"{lost(found[side], best[side]):.4f}"))
    how = str(case.components), "yes" if case.center else "", f"{landmarks:,}", str(case.directions or "")
    return [said, *how, *energies]


def measured(plan: Plan, store: Path) -> tuple[list[list[str]], dict[str, list[CellBlock]]]:
    """The table's rows, and the cells of both sides' videos."""
    block, protocol = plan.params.features["hog3d"], plan.params.protocols[PROTOCOL]
    told = {s: job.params for job in plan.jobs.of("sketch") for s in job.params["subjects"]}
    videos = {s: [b for _, b in cells(store, params["reader"], s, block.grid)] for s, params in told.items()}
    frames = {s: sum(len(b.frames) for b in videos[s]) for s in protocol.train_subjects}
    who = protocol.train_subjects, protocol.test_subjects
    sides = {side: [b for s in group for b in videos[s]] for side, group in zip(SIDES, who, strict=True)}
    total, both = sum(frames.values()), [frames_of(sides[side]) for side in SIDES]
    best, rows, tried = {}, [], cases(block, total)
    for case in tried:
        if (what := (case.components, case.center)) not in best:
            best[what] = exact(*both, *what)
            rows.append(row("exact", total, case._replace(directions=None), best[what], best[what]))
    del both
    for case in tried:
        landmarks = {s: case.of(frames[s]) for s in frames}
        basis = fitted([sketched(told[s], s, store, n) for s, n in landmarks.items()], case)
        found = {side: kept(basis, sides[side]) for side in SIDES}
        rows.append(row(case.said, sum(landmarks.values()), case, found, best[case.components, case.center]))
        print(" · ".join(rows[-1]), flush=True)
    return rows, sides


def main(out: Annotated[Path | None, typer.Option(help="file for the table")] = None) -> None:
    """Measure, print and keep the table."""
    try:
        plan = Plan.load("paper", [DATASET])
    except UserError as error:
        print(f"skipped: {error}")
        return
    one_thread()
    provenance = harness.provenance()
    with TemporaryDirectory() as folder:
        store, mirror = Path(folder) / "recordings.zip", Machine(os.environ["DRNN_DATA_MIRROR"])
        download.run(plan.jobs.of("recordings")[0].params, {}, {"archive": store}, mirror)
        rows, sides = measured(plan, store)
    block = plan.params.features["hog3d"]
    counts = {side: f"{sum(len(b.frames) for b in blocks):,}" for side, blocks in sides.items()}
    videos = sum(map(len, sides.values()))
    table = harness.table(HEADER, rows)
    known = {"provenance": provenance, "videos": videos, "block": block}
    harness.write(out, TEMPLATE.format(table=table, **known, **counts))


HEADER = [
    *("landmarks", "components", "centred", "landmarks of all", "shared directions"),
    *("train, kept", "train, lost %", "test, kept", "test, lost %"),
]
TEMPLATE = f"""# The energy that KTH's features keep

{{provenance}}

{{videos}} real videos by the protocol `{PROTOCOL}`: {{train}} frames train, {{test}} are of the test subject. Kept is
the part of the frames' energy that the components hold; lost, how much less that is than what the exact decomposition
keeps (of the Gram matrix of all frames that train, in float64). Where no directions are shared, whole frames are
projected. Bar for what is lost of the training energy: {BAR} %; aim: {AIM} %.

`params.yaml` has {{block.landmarks:,}} landmarks a subject, which are all frames here, and every fourth of the
{SUBJECT:,.0f} of a subject of the whole set. The last rows have as few of the frames; the very last as many landmarks
to a component, too, as {{block.n_components}} components have in {TRAINING} subjects.

{{table}}
"""

if __name__ == "__main__":
    typer.run(main)

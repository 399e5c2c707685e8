"""From recordings to features: one chain of jobs for skeletons, one for videos."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from drnn.config.datasets import SkeletonDataset, VideoDataset
from drnn.datasets.source import source
from drnn.datasets.videos import subjects_of
from drnn.plan.divided import Split
from drnn.plan.jobs import Job

if TYPE_CHECKING:
    from drnn.plan.planned import Planned

SUBJECTS = 5
"""Subjects whose videos a job describes: one after the other, so that it never holds those of two."""
Vectors = Callable[[str, Split], Job]
"""The job of the features of this name, of a split."""


def skeletons(plan: "Planned", name: str, dataset: SkeletonDataset, recordings: Job, _) -> tuple[Job, Vectors]:
    """The job of a dataset's repaired skeletons, and how features are made of them."""
    params = {"reader": source(dataset.source).reader, "on_empty": dataset.on_empty}
    inputs = {"archive": recordings.outputs["archive"]}
    sequences = plan.jobs.add("sequences", params, inputs, module="skeletons", dataset=name)
    return sequences, described(plan, sequences)


def described(plan: "Planned", sequences: Job) -> Vectors:
    """How features are made of skeletons."""

    def vectors(features: str, split: Split) -> Job:
        inputs = {"sequences": sequences.outputs["sequences"]}
        params = plan.params.features[features].model_dump() | split.told
        names = {"features": features, **split.names}
        return plan.jobs.add("features", params, inputs, module="vectors", holders=split.holders, **names)

    return vectors


def videos(
    plan: "Planned", name: str, dataset: VideoDataset, recordings: Job, filenames: list[str]
) -> tuple[Job, Vectors]:
    """The job of the places of a dataset's sequences in the videos, and how features are made of these.

    Datasets of the same recordings and features share all that is done by subjects and by split.
    """
    block, reader = plan.params.features[dataset.features], source(dataset.source).reader
    archive, shared = recordings.outputs["archive"], {"source": dataset.source, "features": dataset.features}
    made = range(1, dataset.synthesis.subjects + 1) if dataset.synthesis else ()
    subjects = list(subjects_of(filenames, import_module(f"drnn.datasets.{reader}").parse_name) or made)

    def of_subjects(step: str, params: dict, inputs: dict) -> list[str]:
        paths = []
        for part, first in enumerate(range(0, len(subjects), SUBJECTS)):
            told = params | {"subjects": subjects[first : first + SUBJECTS]}
            paths += plan.jobs.add(step, told, inputs, part=part, **shared).makes
        return paths

    of_frames = {"reader": reader, "grid": block.grid}
    few = {"landmarks": block.landmarks, "chunk": block.chunk, "rank": block.rank}
    sketches = of_subjects("sketch", of_frames | few, {"recordings": archive})
    cut = {"reader": reader, "cut": dataset.cut, "on_empty": dataset.on_empty}
    of_videos = {"recordings": archive, "sketches": sketches}
    sequences = plan.jobs.add("sequences", cut, of_videos, module="ranges", dataset=name)
    bases = _bases(plan, dataset, recordings, sketches)
    projections = of_subjects("project", of_frames, {"recordings": archive, "bases": list(bases.values())})

    def vectors(features: str, split: Split) -> Job:
        inputs = {"sequences": sequences.outputs["sequences"]}
        inputs["basis"] = bases[split.names["protocol"], int(split.names["split"])]
        params = of_frames | split.told
        names = {"features": features, **split.names}
        holders = {"projections": projections} | split.holders
        return plan.jobs.add("features", params, inputs, module="gather", holders=holders, **names)

    return sequences, vectors


def _bases(plan: "Planned", dataset: VideoDataset, recordings: Job, sketches: list[str]) -> dict[tuple[str, int], str]:
    """The PCA of every split of all datasets with these recordings and features, by protocol and split."""
    block, found = plan.params.features[dataset.features], {}
    shared = {"source": dataset.source, "features": dataset.features}
    gram = plan.jobs.add("gram", {}, {"sketches": sketches}, **shared).outputs["gram"]
    fitted = {"n_components": block.n_components, "center": block.center, "directions": block.directions}
    for other in (plan.params.datasets[name] for name in plan.params.run):
        same = (other.source, other.features) == (dataset.source, dataset.features)
        if not same or plan.recordings(other)[0] != recordings:
            continue
        for (protocol, split), rule in plan.splits(other).items():
            of_subjects = rule | {"leave_out": []}  # which names sequences
            params = fitted | {"protocol": of_subjects, "split": split}
            place = shared | {"protocol": protocol, "split": split}
            job = plan.jobs.add("basis", params, {"sketches": sketches, "gram": gram}, **place)
            found[protocol, split] = job.outputs["basis"]
    return found

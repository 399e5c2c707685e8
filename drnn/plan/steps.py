"""The steps, in the order of the workflow: one record each.

A step has one name, which is that of its rule, its command, its stage in dvc.yaml, its targets and its folder. A new
step is a record here, a module in drnn/steps/ and a rule in workflow/rules/. A step that `gathers` needs no more: the
plan makes its jobs from the record. One whose jobs are of splits, seeds or models has these made in the plan.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

SPLIT = "{protocol}/split{split}@{key}"
OF_SOURCE = "{root}/work/{source}/{features}"  # what lies between the videos and their features


@dataclass(frozen=True)
class Step:
    """What a step makes, of what, and what it asks of a machine.

    Attributes:
        name: of the step.
        help: one sentence, for `drnn --help`.
        outputs: name → pattern of a file's name; none where the files depend on the datasets.
        mem_mb: memory in MB; None: it grows with the inputs.
        minutes: time limit of a job.
        modules: in drnn/steps/, one for each way in which the step is done; default: that of the step's name.
        after: steps whose files it needs.
        reads: parts of params.yaml that decide what it makes; with some it is a stage of dvc.yaml.
        scratch: whether what it makes lies between videos and their features, and is not needed when these are there.
        gathers: whether it has one job a dataset, which takes all files of the steps in ``after`` for this dataset, by
            the names of their outputs. Its parameter ``experiment`` has the parts in ``reads``, of this dataset alone.
    """

    name: str
    help: str
    outputs: dict[str, str]
    mem_mb: int | None = 1000
    minutes: int = 10
    modules: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    scratch: bool = False
    gathers: bool = False

    @property
    def of_dataset(self) -> bool:
        """Whether a file belongs to one dataset."""
        return "{dataset}" in next(iter(self.outputs.values()))

    @property
    def pathvars(self) -> dict[str, str]:
        """What the rules say of the names of a job's files: its first output, and that in the folders of logs."""
        made = PurePosixPath(next(iter(self.outputs.values()))).relative_to("{root}")
        job = PurePosixPath(self.name, *made.parts[1:]).with_suffix("")
        return {"made": str(made), "job": str(job)}


STEPS = {
    step.name: step
    for step in (
        Step(
            "recordings",
            "Fetch recordings and verify every file, or make synthetic ones.",
            {"archive": "{root}/recordings/{source}/recordings@{key}.zip"},
            minutes=60,
            modules=("download", "collect", "synthesise_skeletons", "synthesise_videos"),
            reads=("run", "datasets"),
        ),
        Step(
            "sketch",
            "Decode and describe the videos of some subjects; keep few rows of each that stand for all frames.",
            {"sketches": OF_SOURCE + "/sketches/part{part}@{key}.h5"},
            mem_mb=2300,
            minutes=30,
            scratch=True,
        ),
        Step(
            "sequences",
            "Read and repair recordings of skeletons, or say which frames of which videos are the sequences.",
            {"sequences": "{root}/sequences/{dataset}/sequences@{key}.h5"},
            modules=("skeletons", "ranges", "training_sequences"),
            after=("recordings",),
            reads=("datasets", "features"),
        ),
        Step(
            "split",
            "Say which sequences train and which test, in all splits of a protocol.",
            {"splits": "{root}/split/{dataset}/{protocol}@{key}.json"},
            minutes=5,
            after=("sequences",),
            reads=("datasets", "protocols"),
        ),
        Step(
            "gram",
            "Multiply the rows of all subjects with each other.",
            {"gram": OF_SOURCE + "/gram@{key}.h5"},
            mem_mb=1000,
            minutes=30,
            scratch=True,
        ),
        Step(
            "basis",
            "Fit the PCA of one split to its training subjects.",
            {"basis": OF_SOURCE + "/bases/" + SPLIT + ".h5"},
            mem_mb=4000,
            minutes=30,
            scratch=True,
        ),
        Step(
            "project",
            "Describe the videos of some subjects and project every frame on the bases of all splits.",
            {"projections": OF_SOURCE + "/projections/part{part}@{key}.h5"},
            mem_mb=2300,
            minutes=30,
            scratch=True,
        ),
        Step(
            "features",
            "Compute the features of a split's skeletons, or gather those of its videos.",
            {"features": "{root}/features/{dataset}/{features}/" + SPLIT + ".h5"},
            mem_mb=4200,
            minutes=15,
            modules=("vectors", "gather"),
            after=("recordings", "sequences", "split"),
            reads=("datasets", "features", "protocols", "recipes"),
        ),
        Step(
            "train",
            "Train one model from a block of seeds, each on its split, and score their test sequences.",
            {"trainings": "{root}/train/{dataset}/{model}/{recipe}/{protocol}/block{block}@{key}.h5"},
            mem_mb=2300,
            minutes=240,
            after=("sequences", "split", "features"),
            reads=("datasets", "models", "recipes", "protocols", "features", "seeds"),
        ),
        Step(
            "baseline",
            "Classify the test sequences of one split by a non-recurrent method.",
            {"scores": "{root}/baseline/{dataset}/{baseline}/" + SPLIT + ".h5"},
            mem_mb=None,
            minutes=30,
            after=("sequences", "split", "features"),
            reads=("datasets", "baselines", "protocols", "features"),
        ),
        Step(
            "metrics",
            "Summarise all runs of a dataset.",
            {
                "metrics": "{root}/metrics/{dataset}/metrics@{key}.json",
                "predictions": "{root}/metrics/{dataset}/predictions@{key}.csv",
            },
            after=("sequences", "features", "train", "baseline"),
            reads=("datasets", "models", "baselines", "recipes", "protocols", "features", "seeds"),
        ),
        Step(
            "traces",
            "Follow one trained model over one sequence.",
            {"traces": "{root}/traces/{dataset}/traces@{key}.h5"},
            mem_mb=2000,
            after=("recordings", "sequences", "features", "train"),
            reads=("datasets", "models", "recipes", "protocols", "features", "seeds"),
        ),
        Step(
            "behaviour",
            "Follow one trained model over all test sequences: motion, derivatives of states, gates.",
            {"behaviour": "{root}/behaviour/{dataset}/behaviour@{key}.h5"},
            mem_mb=1500,
            after=("sequences", "features", "train"),
            reads=("datasets", "models", "recipes", "protocols", "features", "seeds"),
        ),
        Step(
            "report",
            "Write the tables, the figures and the page.",
            {"report.html": "{root}/report/report@{key}/report.html"},
            after=("metrics", "traces", "behaviour"),
            reads=("run", "seeds", "datasets", "features", "protocols", "models", "baselines", "recipes"),
        ),
        Step(
            "search",
            "Choose a configuration by leave-one-subject-out on the training subjects.",
            {"search": "{root}/search/{dataset}@{key}.json", "page": "{root}/search/{dataset}@{key}.md"},
        ),
    )
}

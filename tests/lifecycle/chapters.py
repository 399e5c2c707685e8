"""What happens to a checkout: situations, the command that meets each, and the jobs that it needs."""

import copy
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml
from engine_room import ALL, DVC, SNAKEMAKE, TINY, WRITING, Workspace, tiny
from video_room import BLOCK, CONFIG, members

Situation = tuple[Workspace, str, tuple[str, ...], Counter, dict[str, str]]
"""Where, what happened, the command, the jobs needed, and variables of the command's environment."""

NOTHING = Counter()
# The model of the highest order, which the traces follow.
DRNN1 = Counter(train=1, metrics=1, traces=1, behaviour=1, report=1)
SEED = Counter(train=2, metrics=1, report=1)
VIDEOS = Counter(recordings=1, sketch=1, gram=1, basis=1, project=1, sequences=1, split=1, features=1)
VIDEOS += Counter(train=1, metrics=1, traces=1, behaviour=1, report=1)
# A power cut while the fourth training of a block is written: every process of the run is killed.
POWER_CUT = """\
        if os.environ.get("POWER_CUT") and "/train/" in str(path) and len(list(path.parent.glob("*.h5"))) == 3:
            os.killpg(0, 9)
"""


def both(
    where: Workspace, situation: str, needed: Counter, first: tuple[str, ...], **environment: str
) -> Iterator[Situation]:
    """One engine, then the other, which has nothing to do."""
    yield where, situation, first, needed, environment
    yield where, "… then the other engine", SNAKEMAKE if first[0] == "dvc" else DVC, NOTHING, environment


def one(where: Workspace, situation: str, needed: Counter, command: tuple[str, ...]) -> Situation:
    """One engine alone."""
    return where, situation, command, needed, {}


def truncation(workspace: Workspace, value: str) -> None:
    """Set a parameter of one model."""
    workspace.set(lambda params: params["models"]["drnn1"].update(truncation=value))


def kth_list() -> Path | None:
    """KTH's published list of sequences, if DRNN_DATA_MIRROR names a folder that holds it."""
    return next(Path(os.environ.get("DRNN_DATA_MIRROR") or "nowhere").glob("**/00sequences.txt"), None)


def checkout(folder: Path) -> Iterator[Situation]:
    """Parameters, revisions, code, files, clones and experiments, one after the other in one checkout."""
    home = tiny(folder / "home")
    for part in (parameters, revisions, code, files, clones, experiments):
        yield from part(home)


def parameters(home: Workspace) -> Iterator[Situation]:
    """params.yaml is edited."""
    yield from both(home, "a fresh checkout", ALL, DVC)
    home.commit()
    truncation(home, "strict")
    yield from both(home, "a parameter of one model edited", DRNN1, DVC)
    home.commit()
    truncation(home, "none")
    yield from both(home, "another value", DRNN1, SNAKEMAKE)
    truncation(home, "strict")
    yield one(home, "changed back", NOTHING, DVC)
    truncation(home, "none")
    yield one(home, "and forward again", NOTHING, SNAKEMAKE)
    home.set(lambda params: params["seeds"].append(1))
    yield from both(home, "a seed added", SEED, DVC)
    home.set(lambda params: params["seeds"].append(2))
    yield from both(home, "another seed added", SEED, SNAKEMAKE)
    yield one(home, "seeds overridden on the command line", NOTHING, (*SNAKEMAKE, "--config", "seeds=[0]"))
    home.commit()


def revisions(home: Workspace) -> Iterator[Situation]:
    """Going back in history, and to another branch, which shares the results."""
    home.check("git", "checkout", "--quiet", "HEAD~1")
    home.check("dvc", "checkout", "--quiet", "dvc.yaml")
    yield from both(home, "an older revision, `dvc checkout`", NOTHING, DVC)
    home.check("git", "reset", "--quiet", "--hard")
    home.check("git", "checkout", "--quiet", "-")
    home.check("dvc", "checkout", "--quiet", "dvc.yaml")
    yield one(home, "back at the head, `dvc checkout`", NOTHING, SNAKEMAKE)
    home.check("git", "switch", "--quiet", "--create", "another")
    truncation(home, "dos")
    one_model = SEED - Counter(train=1)
    yield from both(home, "another branch: the first value, of which seed 0 is made", one_model, SNAKEMAKE)
    home.commit()
    home.check("git", "switch", "--quiet", "-")
    yield from both(home, "back on the branch before", NOTHING, SNAKEMAKE)


def code(home: Workspace) -> Iterator[Situation]:
    """A module is edited."""
    home.edit("drnn/training/fit.py", '"""Train a model.', '"""Train one model.')
    yield from both(home, "a docstring edited", NOTHING, DVC)
    home.edit("drnn/report/templates/tables.j2", "Generated from", "Made from")
    yield from both(home, "a template edited that only the report uses", Counter(report=1), SNAKEMAKE)
    home.edit("drnn/evaluation/resampling.py", "RESAMPLES = 10_000", "RESAMPLES = 9_999")
    yield from both(home, "a module edited that the metrics use", Counter(metrics=1, report=1), DVC)
    home.reset()


def files(home: Workspace) -> Iterator[Situation]:
    """Results are deleted."""
    for path in sorted((home.folder / "results/report").glob("report@*/report.html")):
        path.unlink()
    yield one(home, "the report's page deleted", Counter(report=1), SNAKEMAKE)
    for path in (home.folder / "results/features").rglob("*.h5"):
        path.unlink()
    yield one(home, "features deleted whose trainings exist", NOTHING, SNAKEMAKE)
    yield one(home, "… asked for by name", Counter(features=1), (*SNAKEMAKE, "--", "features_all"))


def clones(home: Workspace) -> Iterator[Situation]:
    """Someone else clones, and pulls what is made."""
    home.check("dvc", "remote", "add", "--quiet", "--force", "--default", "store", str(home.folder.with_name("store")))
    home.check(*DVC)
    home.commit()
    home.check("dvc", "push", "--quiet", "dvc.yaml")
    clone = home.clone(home.folder.with_name("clone"))
    clone.check("dvc", "pull", "--quiet", "dvc.yaml")
    yield from both(clone, "a clone, `dvc pull`", NOTHING, SNAKEMAKE)
    clone.set(lambda params: params["seeds"].append(7))
    yield from both(clone, "a clone, `dvc pull`, a seed added", SEED, SNAKEMAKE)
    clone.set(lambda params: params["seeds"].append(8))
    yield from both(clone, "the same clone, another seed", SEED, DVC)


def experiments(home: Workspace) -> Iterator[Situation]:
    """DVC's experiments, each with a seed more."""
    run = ("dvc", "exp", "run", "--quiet")
    yield one(home, "an experiment elsewhere", SEED, (*run, "--temp", "-S", "seeds=[0,1,2,3]"))
    yield one(home, "an experiment queued", NOTHING, (*run, "--queue", "-S", "seeds=[0,1,2,4]"))
    yield one(home, "… and what is queued run", SEED, (*run, "--run-all"))
    yield from both(home, "an experiment here", SEED, (*run, "-S", "seeds=[0,1,2,5]"))


def power_cut(folder: Path) -> Iterator[Situation]:
    """A power cut: a run of five trainings is killed in the fourth."""
    config = copy.deepcopy(TINY) | {"seeds": [0, 1, 2, 3, 4]}
    config["datasets"]["tiny"]["models"] = ["lstm"]
    home = Workspace(folder / "cut", {"params.yaml": yaml.safe_dump(config, sort_keys=False)})
    home.edit("drnn/files.py", WRITING, POWER_CUT + WRITING)
    home.commit()
    home.run("setsid", "snakemake", "--cores", "1", "--quiet", "all", "--", "train_tiny", POWER_CUT="yes")
    after = Counter(train=1, metrics=1, traces=1, behaviour=1, report=1)
    yield from both(home, "killed in the fourth of five trainings", after, DVC)


def recordings(folder: Path) -> Iterator[Situation]:
    """A folder with some videos of KTH, of which one is replaced."""
    videos = folder / "videos"
    videos.mkdir()
    for name, content in members().items():
        if "person01" not in name:  # whose real videos are known by their checksums
            (videos / name).write_bytes(content)
    (videos / "00sequences.txt").write_bytes(kth_list().read_bytes())
    config = copy.deepcopy(CONFIG) | {"run": ["own"]}
    own = BLOCK | {"source": "kth", "sample": True, "cut": "videos", "protocols": ["two"]}
    config["datasets"] = {"own": {k: v for k, v in own.items() if k != "synthesis"}}
    config["protocols"] = {"two": {"train_subjects": [2], "test_subjects": [3]}}
    home = Workspace(folder / "recordings", {"params.yaml": yaml.safe_dump(config, sort_keys=False)})
    mirror = {"DRNN_DATA_MIRROR": str(videos)}
    yield from both(home, "some videos in a folder", VIDEOS, SNAKEMAKE, **mirror)
    paths = sorted(videos.glob("*.avi"))
    paths[0].write_bytes(paths[1].read_bytes())
    yield from both(home, "a video replaced", VIDEOS, DVC, **mirror)


CHAPTERS = (checkout, power_cut, recordings)

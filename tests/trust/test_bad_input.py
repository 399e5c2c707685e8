"""Bad input: parameters, recordings, videos, checkpoints, weights, notes and records that cannot be as they are."""

import io
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from bench import PARAMS, ROOT, SEARCH
from faults import kept, told
from forked import drnn
from test_interruption import dies_before_rename
from test_video import moving_square, write

from drnn.arrays import read_arrays, write_arrays
from drnn.datasets.archive import write_store
from drnn.datasets.synthetic_kth import encode
from drnn.steps.shared.trainings import WEIGHTS as WEIGHTS_OF
from drnn.training import fit

pytestmark = pytest.mark.slow
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
PLACES = ("error: params.yaml: ", "params.yaml: ")
HOSTILE = ["../up", "a b", "a/b", "$(touch evil)", "a'b", 'a"b', "a\nb", "ä", "-rf", "", "{root}", "é\0"]


def edited(*path: str, value: object) -> str:
    """The parameters with one value set."""
    config = json.loads(json.dumps(PARAMS))
    block = config
    for part in path[:-1]:
        block = block[part]
    block[path[-1]] = value
    return yaml.safe_dump(config, sort_keys=False)


# Parameters


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "params.yaml: holds nothing"),
        (b"run: [tiny", "params.yaml: is not YAML"),
        (b"\tseeds: [0]", "params.yaml: is not YAML"),
        (b"- a list\n", "params.yaml: holds a list"),
        (b"\x00\x01\x02", "params.yaml: is not YAML"),
        (b"a: \xff\xfe\xfd", "params.yaml: is not YAML"),
        (b"!!python/object/apply:os.system ['touch evil']", "params.yaml: is not YAML"),
        (BOMB.encode(), "params.yaml: "),
        (edited("seeds", value=[]), "params.yaml: seeds: "),
        (edited("seeds", value=[0, 0]), "seeds: "),
        (edited("seeds", value=[-1]), "params.yaml: seeds"),
        (edited("seeds", value=10**30), "params.yaml: seeds"),
        (edited("run", value=["none"]), "params.yaml: run: unknown 'none'"),
        (edited("run", value="tiny"), "params.yaml: run: "),
        (edited("recipes", "quick", "epochs", value=0), "params.yaml: recipes.quick.epochs: "),
        (edited("recipes", "quick", "epochs", value="many"), "params.yaml: recipes.quick.epochs: "),
        (edited("recipes", "quick", "learning_rate", value=float("nan")), "params.yaml: recipes.quick.learning_rate: "),
        (edited("recipes", "quick", "learning_rate", value=float("inf")), "params.yaml: recipes.quick.learning_rate: "),
        (edited("datasets", "tiny", "hidden_size", value=2.5), "params.yaml: datasets.tiny.hidden_size: "),
        (edited("datasets", "tiny", "source", value="none"), "datasets.tiny: source: "),
        (edited("datasets", "tiny", "features", value="hog3d"), "datasets.tiny.features: "),
        (edited("datasets", "tiny", "models", value=["none"]), "datasets.tiny.models: unknown 'none'"),
        (edited("protocols", "half", "train_subjects", value=[1, 4]), "protocols.half"),
        (edited("protocols", "half", "train_subjects", value=[]), "protocols.half"),
        (edited("protocols", "half", value=None), "params.yaml: protocols.half"),
        (edited("models", "drnn1", "order", value=-1), "params.yaml: models.drnn1.order: "),
    ],
)
def test_parameters_that_cannot_be_are_one_line_that_names_the_place(bench, content, said):
    bench.put("params.yaml", content if isinstance(content, bytes) else content.encode())
    refused = drnn("status", folder=bench.folder)
    assert refused.code == 1 and all(line.startswith(PLACES) for line in told(refused).splitlines())
    assert said in refused.said and not (bench.folder / "evil").exists()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("part", ["datasets", "recipes", "models", "protocols", "features", "baselines"])
def test_a_name_that_is_none_is_refused_before_it_reaches_a_path_or_a_shell(bench, part, name):
    config = json.loads(json.dumps(PARAMS))
    config[part][name] = next(iter(config[part].values()))
    bench.put("params.yaml", yaml.safe_dump(config, sort_keys=False, allow_unicode=True).encode())
    refused = drnn("status", folder=bench.folder)
    assert refused.code == 1 and told(refused).startswith(f"error: params.yaml: {part}")


def test_parameters_that_are_a_folder_or_unreadable_are_told(bench):
    (bench.folder / "params.yaml").unlink()
    (bench.folder / "params.yaml").mkdir()
    refused = drnn("status", folder=bench.folder)
    assert refused.code == 1 and "params.yaml: cannot be read (Is a directory)" in told(refused)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"mine: [", "searches.yaml: is not YAML"),
        (b"mine: 1", "searches.yaml: mine: "),
        (
            yaml.safe_dump({"mine": SEARCH["mine"] | {"dataset": "none"}}).encode(),
            "searches.yaml: mine: dataset: 'none'",
        ),
        (yaml.safe_dump({"mine": SEARCH["mine"] | {"seeds": []}}).encode(), "searches.yaml: mine.seeds: "),
        (yaml.safe_dump({"../up": SEARCH["mine"]}).encode(), "searches.yaml: "),
    ],
)
def test_searches_that_cannot_be_are_one_line_that_names_the_place(bench, content, said):
    bench.put("searches.yaml", content)
    refused = drnn("status", "--experiment", "searches", folder=bench.folder)
    assert (refused.code, told(refused).count("\n")) == (1, 1) and said in refused.said


# Recordings of skeletons


def skeletons(change: Callable[[dict[str, bytes]], object]) -> Callable[[bytes], bytes]:
    """A store of skeletons, changed."""

    def changed(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        change(members)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, value in members.items():
                archive.writestr(name, value)
        return out.getvalue()

    return changed


NAME = "a01_s01_e01_skeleton3D.txt"
ROW = b"0.1 0.2 0.3 1.0\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.clear(), "holds no usable"),
        (lambda m: m.update({NAME: b""}), f"{NAME}: is empty"),
        (lambda m: m.update({NAME: b"  \n"}), f"{NAME}: is empty"),
        (lambda m: m.update({NAME: b"one two three four\n" * 20}), f"{NAME}: is not a table of numbers"),
        (lambda m: m.update({NAME: b"\xff\xfe" * 40}), f"{NAME}: is not a table of numbers"),
        (lambda m: m.update({NAME: b"1 2 3\n" * 20}), f"{NAME}: has 3 columns"),
        (lambda m: m.update({NAME: ROW * 19}), f"{NAME}: 19 rows are not a multiple of 20"),
        (lambda m: m.update({NAME: ROW * 19 + b"1 2\n"}), f"{NAME}: is not a table of numbers"),
        (lambda m: m.update({"a99_s01_e01_skeleton3D.txt": ROW * 20}), "a99_s01_e01_skeleton3D.txt: is not the name"),
        (lambda m: m.update({f"copy/{NAME}": ROW * 20}), f"holds {NAME} twice"),
    ],
)
def test_a_recording_that_is_none_is_named(undisturbed, bench, change, said):
    store, job = bench.of("recordings", source="synthetic").outputs["archive"], bench.of("sequences", dataset="tiny")
    bench.drop(job)
    bench.put(store, skeletons(change)(bench.read(store)))
    refused = bench.do(job)
    assert refused.code == 1 and said in told(refused)
    assert not any(bench.files(job).values())


@pytest.mark.parametrize("value", [b"nan", b"inf", b"-inf", b"1e39", b"0"])
def test_frames_without_a_usable_number_are_repaired_or_left_out_and_logged(bench, value):
    store, job = bench.of("recordings", source="synthetic").outputs["archive"], bench.of("sequences", dataset="tiny")
    bench.drop(job)
    row = b" ".join([value] * 3) + b" 1\n"
    changed = skeletons(
        lambda m: m.update({NAME: row * 20, NAME.replace("e01", "e02"): ROW * 20 + row * 20 + ROW * 20})
    )
    bench.put(store, changed(bench.read(store)))
    done = bench.do(job)
    assert done.code == 0 and f"{NAME}: all 1 frames are zero" in told(done) and "1 interpolated" in done.said


# Videos


def films(change: Callable[[dict[str, bytes]], object]) -> Callable[[bytes], bytes]:
    """A store of videos, changed."""
    return skeletons(change)


def first(members: dict[str, bytes]) -> str:
    return min(name for name in members if name.endswith(".avi"))


def noise(*shape: int) -> bytes:
    return encode(np.random.default_rng(0).integers(0, 256, shape, np.uint8))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.pop("00sequences.txt"), "holds no 00sequences.txt"),
        (lambda m: m.update({"00sequences.txt": b""}), "00sequences.txt: lists no video"),
        (lambda m: m.update({"00sequences.txt": b"person01_boxing_d1 frames 9-1"}), "'9-1' is not a range"),
        (lambda m: m.update({"00sequences.txt": b"person01_boxing_d1 frames 1-9\n" * 2}), "the video is listed twice"),
        (lambda m: m.update({"00sequences.txt": b"person01_boxing_d1 frames 1-9"}), "00sequences.txt does not list"),
        (lambda m: m.update({"person99_boxing_d1_uncomp.avi": b""}), "00sequences.txt does not list person99"),
        (lambda m: m.update({"sample.json": b"{"}), "sample.json: "),
        (lambda m: [m.pop(name) for name in list(m) if name.endswith(".avi")], "holds no video"),
    ],
)
def test_a_store_of_videos_that_is_none_is_named(bench, change, said):
    store, job = bench.of("recordings", source="synthetic_kth").outputs["archive"], bench.of("sketch")
    bench.drop(job)
    bench.put(store, films(change)(bench.read(store)))
    refused = bench.do(job)
    assert refused.code == 1 and said in told(refused)
    assert not any(bench.files(job).values())


@pytest.mark.parametrize("content", [b"", b"no video", b"RIFF\x10\0\0\0AVI ", noise(1, 120, 160)[:3000]])
def test_a_video_that_does_not_decode_is_left_out_and_logged(bench, content):
    store, job = bench.of("recordings", source="synthetic_kth").outputs["archive"], bench.of("sketch")
    bench.drop(job)
    bench.put(store, films(lambda m: m.update({first(m): content}))(bench.read(store)))
    done = bench.do(job)
    assert done.code == 0 and "it is left out" in told(done) and "11 videos" in done.said


def test_a_video_that_is_cut_gives_the_frames_before_the_cut_and_a_log_line(bench):
    store, job = bench.of("recordings", source="synthetic_kth").outputs["archive"], bench.of("sketch")
    bench.drop(job)
    bench.put(store, films(lambda m: m.update({first(m): m[first(m)][: len(m[first(m)]) // 2]}))(bench.read(store)))
    done = bench.do(job)
    assert done.code == 0 and "frames decode, the header announces" in told(done) and "12 videos" in done.said


def test_videos_of_another_size_are_refused_by_name(bench, tmp_path):
    smaller = write(tmp_path / "small.avi", moving_square(60, 96, 128), "mpeg4").read_bytes()
    store, job = bench.of("recordings", source="synthetic_kth").outputs["archive"], bench.of("sketch")
    bench.drop(job)
    theirs = films(lambda m: m.update({name: smaller for name in m if name.startswith("person02")}))
    bench.put(store, theirs(bench.read(store)))
    refused = bench.do(job)
    assert refused.code == 1 and "6 of 12 videos are not of 160×120 pixels" in told(refused)
    assert "person02_boxing_d1 (128×96 pixels at 25 frames a second)" in told(refused)


# Checkpoints and weights


class Evil:
    def __reduce__(self):
        return (open, ("evil", "w"))


def saved(state: object) -> bytes:
    content = io.BytesIO()
    torch.save(state, content)
    return content.getvalue()


WEIGHTS = {
    "a pickle that runs code": pickle.dumps(Evil()),
    "a file of torch's that runs code": saved({"layer": Evil()}),
    "a state of other names": saved({"a": torch.zeros(2)}),
    "a list": saved([1, 2]),
    "text": b"weights\n",
}


def saves_at_every_epoch_and_dies() -> None:
    """Let a training save its state after each epoch, and end as it saves it for the second time."""
    fit.SECONDS_BETWEEN_CHECKPOINTS = -1
    dies_before_rename(2)


@pytest.mark.parametrize("kind", WEIGHTS)
def test_a_checkpoint_that_cannot_be_is_logged_and_the_training_starts_again(undisturbed, bench, kind):
    job = bench.of("train", dataset="tiny")
    bench.drop(job)
    bench.do(job, before=saves_at_every_epoch_and_dies)
    place = Path(next(iter(job.outputs.values()))).parent
    (left,) = [path for path in (bench.folder / place).glob(".*") if path.suffix != ".part"]
    bench.put(str(place / left.name), WEIGHTS[kind])
    done = bench.do(job)
    assert done.code == 0 and "starting again from epoch 1" in told(done)
    assert not (bench.folder / "evil").exists()
    kept(bench, undisturbed, job)
    assert bench.files(job) == undisturbed.files(job)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("reader", ["traces", "behaviour"])
def test_weights_that_cannot_be_are_named_and_run_nothing(bench, reader, kind):
    job = bench.of(reader, dataset="tiny")
    bench.drop(job)
    (path,) = bench.of("train", dataset="tiny").outputs.values()
    arrays, about = read_arrays(bench.folder / path)
    (weights,) = [name for name in arrays if name.endswith(WEIGHTS_OF)]
    (bench.folder / path).unlink()
    write_arrays(bench.folder / path, arrays | {weights: np.frombuffer(WEIGHTS[kind], np.uint8)}, about)
    refused = bench.do(job)
    assert refused.code == 1 and f"error: {path}: is not whole" in told(refused)
    assert not (bench.folder / "evil").exists() and not any(bench.files(job).values())


# Notes


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"{}", b'{"step": 1}', b"\xff", b"note"],
    ids=repr,
)
@pytest.mark.parametrize("words", [("status",), ("status", "--verify"), ("gc",)])
def test_notes_that_cannot_be_read_count_as_none(bench, content, words):
    for path in (bench.folder / "results/made").iterdir():
        bench.put(f"results/made/{path.name}", content)
    repository(bench.folder)
    done = drnn(*words, folder=bench.folder)
    assert done.code == 0 and told(done)


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": []},
        {"outputs": None},
        {"params": 1},
        {"inputs": None},
        {"code": []},
        {"versions": "1"},
        {"step": {}},
    ],
    ids=str,
)
@pytest.mark.parametrize("words", [("status",), ("status", "--verify")])
def test_notes_whose_fields_are_of_other_kinds_count_as_none(bench, change, words):
    for path in (bench.folder / "results/made").iterdir():
        note = json.loads(path.read_text(encoding="utf-8")) | change
        bench.put(f"results/made/{path.name}", json.dumps(note).encode())
    done = drnn(*words, folder=bench.folder)
    assert done.code == 0 and told(done)


def repository(folder: Path) -> None:
    """Make a folder a git repository with a commit."""
    import subprocess

    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "*.yaml"], ["commit", "-q", "-m", "0", "--allow-empty"]):
        subprocess.run(git + words, cwd=folder, check=True)


# The committed record


@pytest.fixture
def record(tmp_path) -> Path:
    """A copy of the record, without other experiments, and of the pages that tell of it."""
    folder = tmp_path / "record"
    shutil.copytree(ROOT / "reports", folder / "reports", ignore=shutil.ignore_patterns("own"))
    for name in (
        "README.md",
        "docs/layer.md",
        "docs/method.md",
        "benchmarks/layer.md",
        "params.yaml",
        "searches.yaml",
        "demo/params.yaml",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("provenance.json", b""),
        ("provenance.json", b"[]"),
        ("provenance.json", b'{"params": []}'),
        ("provenance.json", b'{"params": {"run": ["../up"]}}'),
        ("metrics/msr_action3d.json", b"{"),
        ("metrics/msr_action3d.json", b"{}"),
        ("metrics/msr_action3d.json", b"\xff"),
        ("predictions/msr_action3d.csv", b""),
        ("predictions/msr_action3d.csv", b"\xff\xfe"),
        ("predictions/msr_action3d.csv", b"a,b\n1,2\n"),
        ("predictions/msr_action3d.csv", None),
        ("search/tuned.json", b"{}"),
    ],
    ids=str,
)
@pytest.mark.parametrize("words", [("verify",), ("verify", "--rewrite")])
def test_a_record_that_is_not_whole_is_named_and_stays_as_it_is(record, name, content, words):
    path = record / "reports" / name
    path.unlink() if content is None else path.write_bytes(content)
    before = {file: file.read_bytes() for file in record.rglob("*") if file.is_file()}
    refused = drnn(*words, folder=record)
    assert refused.code == 1 and "error: reports/" in told(refused)
    assert before == {file: file.read_bytes() for file in record.rglob("*") if file.is_file()}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"a": 1}', b"\xff"], ids=repr)
def test_metrics_that_cannot_be_compared_are_named(record, content):
    (record / "mine.json").write_bytes(content)
    refused = drnn("compare", "mine.json", folder=record)
    assert refused.code == 1 and "error: mine.json: " in told(refused)


def test_a_store_is_not_written_with_a_path_that_leaves_its_folder(tmp_path):
    with pytest.raises(ValueError, match="unsafe"):
        write_store([("../up", b"")], tmp_path / "s.zip")

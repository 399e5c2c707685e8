"""`drnn compare`: two results, files or git revisions, and in which accuracies they differ."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_room import fake_metrics

from drnn.errors import UserError
from drnn.record.accuracies import RECORD, read
from drnn.record.compare import compare

ONE = {"toy": {"half": {"paper": {"lstm": {"mean": 61.25, "std": 1.5, "runs": 5}}}}}
PLACE = ("toy", "half", "paper")


def with_models(**means) -> dict:
    """Accuracies of single runs."""
    leaves = {model: {"mean": mean, "std": None, "runs": 1} for model, mean in means.items()}
    return {"toy": {"half": {"paper": leaves}}}


def saved(path: Path, found: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))
    return str(path)


@pytest.fixture
def pair(tmp_path):
    """Two files: one equal row, one better, one that each has alone."""
    a, b = with_models(lstm=60, drnn1=61.5, old=50), with_models(lstm=60, drnn1=63.75, new=70)
    return saved(tmp_path / "a.json", a), saved(tmp_path / "b.json", b)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository whose first commit has no record, whose second one has one, and whose third a better one."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    for n, mean in enumerate((None, 60, 62.5)):
        Path("other").write_text(str(n))
        if mean:
            saved(Path(RECORD), with_models(lstm=mean))
        git("add", "-A")
        git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-q", "-m", str(n))
    return tmp_path


def git(*words):
    subprocess.run(["git", *words], check=True)


def rows_of(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_differences_are_listed_with_what_one_side_lacks_and_equal_rows_are_counted(pair):
    text = compare(*pair, width=200)
    rows = rows_of(text)
    assert ["paper", "drnn1", "61.50", "(1)", "63.75", "(1)", "+2.25"] in rows
    assert ["paper", "old", "50.00", "(1)", "—", "only", "in", "A"] in rows
    assert ["paper", "new", "—", "70.00", "(1)", "only", "in", "B"] in rows
    assert "lstm" not in text and text.endswith("1 row is equal; --all lists what is equal")
    assert text.startswith(f"A: {pair[0]}\nB: {pair[1]}\n") and "toy, half" in text.splitlines()


def test_all_lists_equal_rows_too(pair):
    text = compare(*pair, every=True, width=200)
    assert ["paper", "lstm", "60.00", "(1)", "60.00", "(1)", "equal"] in rows_of(text)
    assert text.endswith("1 row is equal")


def test_equal_results_say_so(tmp_path):
    one = saved(tmp_path / "a.json", ONE)
    assert compare(one, one).endswith("no row differs, 1 row is equal; --all lists what is equal")


def test_markdown_holds_the_same_rows(pair):
    text = compare(*pair, form="markdown")
    assert "| paper | drnn1 | 61.50 (1) | 63.75 (1) | +2.25 |" in text and "only in A" in text


def test_json_holds_the_numbers_themselves(pair):
    found = json.loads(compare(*pair, form="json"))
    assert found["equal"] == 1 and (found["a"], found["b"]) == pair
    rows = {row["model"]: row for row in found["rows"]}
    assert rows["drnn1"]["difference"] == 2.25 and rows["old"]["b"] is None and rows["new"]["difference"] is None
    assert rows["drnn1"]["b"] == {"mean": 63.75, "std": None, "runs": 1} and rows["old"]["dataset"] == "toy"


@pytest.mark.parametrize("width", [20, 40])
def test_in_a_narrow_terminal_nothing_is_cut_off(tmp_path, width):
    long = "drnn2_with_a_long_name"
    paths = [saved(tmp_path / name, with_models(**{long: mean})) for name, mean in (("a", 50), ("b", 52.5))]
    narrow, wide = (compare(*paths, width=n).split("toy, half\n")[1].split("\n\n")[0] for n in (width, 200))
    assert max(map(len, narrow.splitlines())) <= width < max(map(len, wide.splitlines()))
    letters = [sorted(c for c in table if c not in "─ \n") for table in (narrow, wide)]
    assert letters[0] == letters[1]


def test_a_dataset_s_own_metrics_are_read_too(tmp_path):
    whole = read(saved(tmp_path / "msr_action3d.json", fake_metrics().values())).rows
    assert whole["msr_action3d", "odd_even_567", "paper", "lstm"]["mean"] == 61.25
    assert len(whole) == len(fake_metrics().results)


def test_a_revision_means_its_record_and_the_second_is_today_s(repository):
    text = compare("HEAD~1", width=200)
    assert "+2.50" in text and f"A: {RECORD} of HEAD~1 (" in text and f"B: {RECORD}\n" in text
    assert "−2.50" in compare("HEAD", "HEAD~1", width=200)


def test_the_project_s_own_record_is_equal_to_itself():
    found = json.loads(compare(RECORD, form="json"))
    assert found["rows"] == [] and found["equal"] > 20


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"toy": ', "is not whole JSON"),
        ("[1, 2]", "is no file of metrics: all of it is [1, 2]; expected the form of"),
        ("{}", "is no file of metrics: all of it is {}"),
        ('{"toy": {"half": 3}}', "is no file of metrics: toy, half is 3"),
        ('{"facts": {}, "results": [{}]}', "is no file of metrics (KeyError: "),
        (json.dumps(ONE).replace("61.25", "NaN"), "toy, half, paper, lstm: its mean is nan, not a number"),
        (json.dumps(ONE).replace("61.25", '"61"'), "its mean is '61', not a number"),
        (json.dumps(ONE).replace("61.25", "null"), "its mean is None, not a number"),
        (json.dumps(ONE).replace("1.5", "true"), "its std is True, not a number"),
    ],
)
def test_what_holds_no_metrics_is_refused_by_name(tmp_path, content, said):
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(UserError) as refused:
        read(str(path))
    assert str(refused.value).startswith(f"{path}: ") and said in str(refused.value)


def test_a_folder_and_a_revision_that_is_none_are_refused_with_a_remedy(repository):
    with pytest.raises(UserError, match=r"reports: is a folder; name a file of metrics in it"):
        read("reports")
    with pytest.raises(UserError, match=r"lost\.json: is neither a file nor a git revision; name a file"):
        read("lost.json")
    with pytest.raises(UserError, match=rf"HEAD~2: the revision .* gives no {RECORD}; `git log --oneline"):
        read("HEAD~2")


@pytest.mark.parametrize(
    ("missing", "reason"), [("repository", "fatal: not a git repository"), ("git", r"\[Errno 2\] .*'git'")]
)
def test_outside_a_repository_or_without_git_only_files_are_known_and_the_reason_is_gits(
    repository, tmp_path_factory, monkeypatch, missing, reason
):
    if missing == "git":
        monkeypatch.setenv("PATH", "")
    else:
        monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    with pytest.raises(UserError, match=f"HEAD: is no file, and git cannot look for a revision; .*{reason}"):
        read("HEAD")


MODELS = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 100).map(lambda x: round(x, 6)), min_size=1)


@given(a=MODELS, b=MODELS)
def test_turned_around_the_differences_change_their_sign(tmp_path_factory, a, b):
    folder = tmp_path_factory.getbasetemp()
    paths = [saved(folder / name, with_models(**means)) for name, means in (("a.json", a), ("b.json", b))]
    there, back = (json.loads(compare(*way, form="json"))["rows"] for way in (paths, paths[::-1]))
    turned = {row["model"]: row["difference"] for row in back}
    assert {row["model"]: row["difference"] and -row["difference"] for row in there} == turned
    assert set(turned) == {name for name in {*a, *b} if a.get(name) != b.get(name)}

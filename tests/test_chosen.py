"""Which experiment a command means, without an engine."""

import shlex
from pathlib import Path

import pytest
import yaml
from engine_room import TINY

from drnn.cli import status
from drnn.errors import UserError
from drnn.plan.chosen import MEMORY, Experiment, chosen, forget, merged, remember, remembered, told
from drnn.plan.load import plan_of, plans


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with params.yaml, a demo and mine.yaml, in which nothing was run."""
    monkeypatch.chdir(tmp_path)
    for path, seeds in (("params.yaml", [0]), ("demo/params.yaml", [1]), ("mine.yaml", [2, 3])):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(yaml.safe_dump(TINY | {"seeds": seeds}), encoding="utf-8")
    return tmp_path


def own(folder: Path, **values) -> Experiment:
    config = yaml.safe_load((folder / "mine.yaml").read_text(encoding="utf-8")) | values
    return told(config, [folder / "mine.yaml"], values)


def test_before_the_first_run_params_yaml_is_meant():
    assert remembered() == []
    assert chosen().name == "params.yaml" and chosen().arguments == ""
    assert plan_of().params.seeds == [0] and len(plans()) == 2


def test_the_last_run_is_meant_and_each_is_there_by_name(folder):
    remember(own(folder))
    remember(own(folder, seeds=[4]))
    assert [one.name for one in remembered()] == ["mine.yaml", "mine.yaml with seeds: [4]"]
    assert plan_of().params.seeds == [4]
    assert plan_of("mine.yaml").params.seeds == [2, 3]
    assert plan_of("mine.yaml with seeds: [4]").params.seeds == [4]
    assert plan_of("paper").params.seeds == plan_of("params.yaml").params.seeds == [0]
    assert plan_of("demo").params.seeds == [1] and plan_of("demo").root == "demo/results"
    assert [plan.params.seeds for plan in plans()] == [[0], [1], [2, 3], [4]]
    remember(own(folder))
    assert chosen().name == "mine.yaml" and len(remembered()) == 2


def test_a_file_counts_as_it_stands_and_as_it_ran_where_it_is_gone(folder):
    remember(own(folder))
    (folder / "mine.yaml").write_text(yaml.safe_dump(TINY | {"seeds": [9]}), encoding="utf-8")
    assert plan_of().params.seeds == [9]
    (folder / "mine.yaml").unlink()
    assert plan_of().params.seeds == [2, 3]
    assert status.status(None).startswith("mine.yaml, as it ran: mine.yaml is no longer there\n")


def test_what_makes_snakemake_run_it_again_is_one_line_of_a_shell(folder):
    words = shlex.split(own(folder, run=["tiny"], seeds=[0, 1]).arguments)
    assert words == ["--configfile", "mine.yaml", "--config", "run=[tiny]", "seeds=[0, 1]"]
    assert chosen("params.yaml").arguments == ""


def test_values_change_blocks_as_snakemake_does():
    changed = merged({"a": {"b": 1, "c": [1, 2]}, "d": 3}, {"a": {"c": [4]}, "e": {"f": 5}})
    assert changed == {"a": {"b": 1, "c": [4]}, "d": 3, "e": {"f": 5}}


def test_an_experiment_is_let_go_of_by_its_name(folder):
    remember(own(folder))
    with pytest.raises(UserError, match=r"^yours.yaml: was not run here; known: mine.yaml"):
        forget("yours.yaml")
    forget("mine.yaml")
    assert remembered() == []


def test_what_is_no_file_is_refused_with_what_else_can_be_meant(folder):
    remember(own(folder))
    with pytest.raises(UserError, match=r"^min.yaml: is no file of parameters; .*: paper; demo; searches; mine.yaml$"):
        chosen("min.yaml")


@pytest.mark.parametrize("content", ["", "{}", '[{"files": 3}]', '[{"file": []}]', "[1]"])
def test_a_broken_memory_is_an_error_with_a_remedy(content):
    path = Path("results", MEMORY)
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    if content == "{}":
        assert remembered() == []
        return
    with pytest.raises(UserError, match=r"experiments.json: cannot be read .*delete it"):
        remembered()


def test_parameters_that_are_not_valid_name_their_file(folder):
    (folder / "mine.yaml").write_text(yaml.safe_dump(TINY | {"run": ["tinny"]}), encoding="utf-8")
    with pytest.raises(UserError, match=r"^mine.yaml: run: unknown 'tinny'; did you mean 'tiny'\? known: tiny$"):
        plan_of("mine.yaml")

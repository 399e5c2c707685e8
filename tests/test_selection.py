"""The choice of a configuration by the subjects left out."""

import pytest

from drnn.evaluation.selection import SearchFacts, SearchRun, SearchTable, summarise


def run(configuration: str, subject: int, right: int, sequences: int, model: str = "m", seed: int = 0) -> SearchRun:
    names = {"configuration": configuration, "model": model, "seed": seed, "subject": subject}
    return SearchRun(**names, sequences=sequences, right=right)


def summarised(runs: list[SearchRun], configurations: list[str]) -> SearchTable:
    """The table of a search of these configurations."""
    facts = {"search": "toy", "chooses": "mine", "dataset": "d", "protocol": "p", "models": ["m"], "seeds": [0]}
    return summarise(SearchFacts(**facts, base={}, configurations={name: {} for name in configurations}), runs)


def test_accuracies_are_those_over_all_sequences_of_all_subjects():
    runs = [run("a", 1, 1, 2), run("a", 3, 9, 10), run("b", 1, 2, 2), run("b", 3, 4, 10)]
    found = summarised(runs, ["a", "b"])
    a, b = found.results
    assert (a.configuration, a.mean, a.std) == ("a", pytest.approx(100 * 10 / 12), 0.0)
    assert a.by_subject == {"1": 50.0, "3": 90.0} and a.by_model == {"m": pytest.approx(100 * 10 / 12)}
    assert b.mean == pytest.approx(50.0)  # not the mean of 100 and 40
    assert found.chosen == "a"


def test_a_configuration_is_averaged_over_models_and_seeds():
    right = {("m", 0): 1, ("m", 1): 2, ("n", 0): 3, ("n", 1): 4}
    runs = [run("a", subject, n, 4, *names) for names, n in right.items() for subject in (1, 3)]
    (a,) = summarised(runs, ["a"]).results
    assert a.mean == pytest.approx(62.5)
    assert a.std == pytest.approx((((-37.5) ** 2 + 12.5**2 + 12.5**2 + 37.5**2) / 3) ** 0.5)
    assert a.by_model == {"m": pytest.approx(37.5), "n": pytest.approx(87.5)}
    assert a.by_subject == {"1": pytest.approx(62.5), "3": pytest.approx(62.5)}


@pytest.mark.parametrize("order", [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]], ids="".join)
def test_of_equals_the_first_is_chosen(order):
    runs = [run(configuration, subject, 2, 4) for configuration in "abc" for subject in (1, 3)]
    assert summarised(runs, order).chosen == order[0]
    better = [*(one for one in runs if (one.configuration, one.subject) != ("b", 3)), run("b", 3, 3, 4)]
    found = summarised(better, order)
    assert found.chosen == "b" and [result.configuration for result in found.results] == order


WHOLE = [
    run(configuration, subject, 1, 4, seed=seed) for configuration in "ab" for subject in (1, 3) for seed in (0, 1)
]


@pytest.mark.parametrize("missing", range(len(WHOLE)))
def test_a_missing_run_is_refused(missing):
    summarised(WHOLE, ["a", "b"])
    with pytest.raises(ValueError, match=r"[ab]: was not run once with each of the models, seeds and subjects"):
        summarised(WHOLE[:missing] + WHOLE[missing + 1 :], ["a", "b"])


def test_a_run_that_is_there_twice_is_refused():
    with pytest.raises(ValueError, match="b: was not run once"):
        summarised([*WHOLE, run("b", 3, 1, 4, seed=1)], ["a", "b"])


def test_a_configuration_without_runs_is_refused():
    with pytest.raises(ValueError, match="c: was not run once"):
        summarised(WHOLE, ["a", "b", "c"])


def test_another_number_of_sequences_of_a_subject_is_refused():
    with pytest.raises(ValueError, match="was not run once"):
        summarised([run("a", 1, 1, 4), run("b", 1, 1, 5)], ["a", "b"])

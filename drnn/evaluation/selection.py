"""The choice of a configuration by leaving out each training subject in turn."""

from collections import defaultdict

import numpy as np


def summarise(runs: list[dict], configurations: list[str]) -> dict:
    """The accuracy of every configuration on the subjects left out, and the one that is chosen.

    A configuration's accuracy is that over all sequences of all subjects left out, averaged over models and seeds. The
    highest is chosen; of equals the one listed first.

    Args:
        runs: each with "configuration", "model", "seed", "subject" (left out), "sequences" and "right" (how many).
        configurations: names, in their order.

    Returns:
        {"results": [{"configuration", "mean", "std" over models and seeds, "by_model", "by_subject"}, …], "chosen"};
        accuracies in %.

    Raises:
        ValueError: the configurations were not all run with the same models, seeds and subjects.
    """
    expected = {_place(run) for run in runs}
    results = []
    for configuration in configurations:
        own = [run for run in runs if run["configuration"] == configuration]
        if {_place(run) for run in own} != expected or len(own) != len(expected):
            raise ValueError(
                f"{configuration}: was not run once with each of the models, seeds and subjects of the others"
            )
        accuracies = _accuracies(own, "model", "seed")
        results.append(
            {
                "configuration": configuration,
                "mean": float(np.mean(list(accuracies.values()))),
                "std": float(np.std(list(accuracies.values()), ddof=1)) if len(accuracies) > 1 else 0.0,
                "by_model": {model: value for (model,), value in _accuracies(own, "model").items()},
                "by_subject": {str(subject): value for (subject,), value in _accuracies(own, "subject").items()},
            }
        )
    return {"results": results, "chosen": max(results, key=lambda result: result["mean"])["configuration"]}


def _place(run: dict) -> tuple:
    return run["model"], run["seed"], run["subject"], run["sequences"]


def _accuracies(runs: list[dict], *names: str) -> dict[tuple, float]:
    """% right of all sequences of the runs that share the values of ``names``."""
    counts: dict[tuple, np.ndarray] = defaultdict(lambda: np.zeros(2))
    for run in runs:
        counts[tuple(run[name] for name in names)] += (run["right"], run["sequences"])
    return {values: float(100 * right / total) for values, (right, total) in counts.items()}

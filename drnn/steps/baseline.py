"""One non-recurrent baseline on one split: scores of every test sequence."""

import platform
from importlib import import_module

import numba
import numpy as np
import sklearn
from threadpoolctl import threadpool_limits

from drnn.datasets.store import SequenceSet
from drnn.evaluation.scores import Scores, save_scores
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.steps.shared.sides import sides


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Classify the split's test sequences by ``params["method"]``, given the training sequences."""
    settings = {name: value for name, value in params.items() if name not in ("method", "split")}
    train, test = _sides(params, inputs)
    with threadpool_limits(1):
        scores, chosen = import_module(f"drnn.baselines.{params['method']}").classify(train, test, **settings)
    found = Scores.of(train, test, scores, {"versions": _versions(), "chosen": chosen})
    save_scores(outputs["scores"], {key_of(outputs["scores"]): found})
    return f"{chosen}; test accuracy {found.accuracy:.2%}"


def _sides(params: dict, inputs: dict) -> tuple[SequenceSet, SequenceSet]:
    """The training and the test sequences, of features or, with the file that says who trains, of joints."""
    if "features" in inputs:
        return SequenceSet.load(inputs["features"]).sides()
    joints = SequenceSet.load(inputs["sequences"])
    names = sides(inputs["splits"], params["split"])
    return joints.select(names["train"]), joints.select(names["test"])


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    return versions | {"scikit-learn": sklearn.__version__, "numba": numba.__version__}

"""One method beside the recurrent layers, on one split: scores of every test sequence."""

import io
import json
import platform
from importlib import import_module

import numba
import numpy as np
import sklearn
from threadpoolctl import threadpool_limits

from drnn.datasets.store import SequenceSet
from drnn.files import write_bytes


def run(params: dict, inputs: dict, outputs: dict, machine) -> str:
    """Classify the split's test sequences by ``params["method"]``, given the training sequences."""
    settings = {name: value for name, value in params.items() if name != "method"}
    train, test = _sides(inputs)
    with threadpool_limits(1):
        scores, chosen = import_module(f"drnn.baselines.{params['method']}").classify(train, test, **settings)
    _save(outputs["scores"], train, test, scores, chosen)
    return f"{chosen}; test accuracy {np.mean(scores.argmax(1) == test.labels):.2%}"


def _sides(inputs: dict) -> tuple[SequenceSet, SequenceSet]:
    """The training and the test sequences, of features or, with the file that says who trains, of joints."""
    if "features" in inputs:
        vectors = SequenceSet.load(inputs["features"])
        count = vectors.attributes["train"]
        return vectors.select(vectors.names[:count]), vectors.select(vectors.names[count:])
    joints, sides = SequenceSet.load(inputs["sequences"]), json.loads(inputs["split"].read_text())
    return joints.select(sides["train"]), joints.select(sides["test"])


def _save(path, train: SequenceSet, test: SequenceSet, scores: np.ndarray, chosen: dict) -> None:
    """The same arrays as a training's, but no history."""
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    versions |= {"scikit-learn": sklearn.__version__, "numba": numba.__version__}
    content = io.BytesIO()
    np.savez(
        content,
        names=np.array(test.names),
        subjects=test.subjects,
        labels=test.labels,
        scores=scores,
        train_sequences=len(train),
        facts=json.dumps({"versions": versions, "chosen": chosen}),
    )
    write_bytes(path, content.getvalue())

"""The file of weights that a training saves, and others read: a model and all that is needed to run it."""

from pathlib import Path
from typing import NamedTuple

from torch import nn

from drnn.config.training import Training
from drnn.training import saved
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor


class Trained(NamedTuple):
    """A trained model, what it sees of a sequence's features, and what its training was told."""

    layer: nn.Module
    preprocessor: Preprocessor
    training: Training


def save(path: str | Path, trained: Trained) -> None:
    """Write a trained model to ``path``, whole or not at all."""
    layer = {name: value.cpu() for name, value in trained.layer.state_dict().items()}
    about = {"preprocessor": vars(trained.preprocessor), "training": trained.training.model_dump()}
    saved.write(path, {"layer": layer} | about)


def load(path: str | Path, classes: int) -> Trained:
    """A trained model on the CPU.

    Args:
        path: of its weights.
        classes: k, the number of classes of the features that it was trained on.

    Raises:
        UserError: the file is missing or cut short.
    """
    state = saved.read(path)
    training = Training(**state["training"])
    preprocessor = Preprocessor(**state["preprocessor"])
    layer = build(training.model, training.recipe, (len(preprocessor.mean), training.hidden_size, classes))
    layer.load_state_dict(state["layer"])
    return Trained(layer, preprocessor, training)

"""The weights that a training saves, and others read: a model and all that is needed to run it."""

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


def packed(trained: Trained) -> bytes:
    """A trained model as bytes, the same for the same model."""
    layer = {name: value.cpu() for name, value in trained.layer.state_dict().items()}
    about = {"preprocessor": vars(trained.preprocessor), "training": trained.training.model_dump()}
    return saved.packed({"layer": layer} | about)


def unpacked(content: bytes, classes: int) -> Trained:
    """A trained model on the CPU.

    Args:
        content: of `packed`.
        classes: k, the number of classes of the features that it was trained on.
    """
    state = saved.unpacked(content)
    training = Training(**state["training"])
    preprocessor = Preprocessor(**state["preprocessor"])
    layer = build(training.model, training.recipe, (len(preprocessor.mean), training.hidden_size, classes))
    layer.load_state_dict(state["layer"])
    return Trained(layer, preprocessor, training)

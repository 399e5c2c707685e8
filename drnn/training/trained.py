"""A trained model, from the file that its training saved."""

from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn

from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor


def load(path: str | Path, classes: int) -> tuple[nn.Module, Preprocessor, dict]:
    """The model with its weights, what it sees of a sequence's features, and what its training was told.

    Args:
        path: the weights.
        classes: k, the number of classes of the features that it was trained on.
    """
    saved = torch.load(path, weights_only=True)
    told, seen = saved["params"], Preprocessor(**saved["inputs"])
    sizes = (len(seen.mean), told["hidden_size"], classes)
    model = build(told["model"], SimpleNamespace(**told["recipe"]), sizes)
    model.load_state_dict(saved["layer"])
    return model, seen, told

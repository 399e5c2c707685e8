"""What a training that may be killed leaves behind, and goes on from."""

import io
import logging
import pickle
from pathlib import Path

import torch

from drnn.files import write_bytes

log = logging.getLogger(__name__)


def write(path: Path, content: dict) -> None:
    """Tensors, numbers and states of optimisers, by name; a file is whole or not there."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_bytes(path, buffer.getvalue())


def read(path: Path) -> dict | None:
    """What an interrupted run left; None if it left nothing that can be read."""
    if not path.is_file():
        return None
    try:
        return torch.load(path, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        log.warning("%s: cannot be read (%s); starting again from epoch 1", path, str(error).splitlines()[0])
        return None

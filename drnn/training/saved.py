"""States of models in files: whole files or none, and nothing in them but tensors, numbers and text."""

import io
import pickle
from pathlib import Path

import torch

from drnn.errors import UserError
from drnn.files import write_bytes


def write(path: str | Path, state: dict) -> None:
    """Write a state to ``path``, whole or not at all."""
    content = io.BytesIO()
    torch.save(state, content)
    write_bytes(path, content.getvalue())


def read(path: str | Path) -> dict:
    """The state in a file; nothing in the file is run.

    Raises:
        UserError: the file is missing, cut short, or holds anything else.
    """
    try:
        return torch.load(path, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: is not whole ({reason}); delete it and run again") from None

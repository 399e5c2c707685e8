"""States of models in files: whole files or none, and nothing in them but tensors, numbers and text."""

import io
import logging
import pickle
from collections.abc import Collection
from pathlib import Path

import torch

from drnn.errors import UserError
from drnn.files import readable, write_bytes

log = logging.getLogger(__name__)


def packed(state: dict) -> bytes:
    """A state as the bytes of a file."""
    content = io.BytesIO()
    torch.save(state, content)
    return content.getvalue()


def unpacked(content: bytes) -> dict:
    """The state in the bytes of a file; nothing in them is run."""
    return torch.load(io.BytesIO(content), weights_only=True)


def write(path: str | Path, state: dict) -> None:
    """Write a state to ``path``, whole or not at all."""
    write_bytes(path, packed(state))


def read(path: str | Path) -> dict:
    """The state in a file; nothing in the file is run.

    Raises:
        UserError: the file is missing, cut short, or holds anything else.
    """
    try:
        with readable(path):
            return torch.load(path, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: is not whole ({reason}); delete it and run again") from None


def left(checkpoint: Path, parts: Collection[str]) -> dict | None:
    """The state that an interrupted run left; None if it left nothing that can be read, or not these parts."""
    if not checkpoint.is_file():
        return None
    try:
        state = read(checkpoint)
    except UserError as error:
        log.warning("%s: starting again from epoch 1", error)
        return None
    if not isinstance(state, dict) or state.keys() != set(parts):
        log.warning("%s: holds something else than a training's state: starting again from epoch 1", checkpoint)
        return None
    return state

"""What DRNN and DRNNCell refuse, and how they say so: every error here is a ValueError."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from drnn.layers.reference import State


def arguments(sizes: dict[str, int], order: int, choices: dict[str, tuple[str, tuple[str, ...]]]) -> None:
    """Sizes of at least 1, an order of at least 0, and words out of those that there are."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1, not {size}")
    if order < 0:
        raise ValueError(f"order must be 0 or more, not {order}")
    for name, (value, known) in choices.items():
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}, not {value!r}")


def batch(x: Tensor, size: int, like: Tensor, batch_first: bool) -> Tensor:
    """x, of the shape, dtype and device of a layer whose parameters are ``like``; autocast may change the dtype."""
    return frames(x, "(B, T, {})" if batch_first else "(T, B, {})", size, like)


def frames(x: Tensor, expected: str, size: int, like: Tensor) -> Tensor:
    """x, of the shape, and of the dtype and device of parameters ``like``; autocast may change the dtype."""
    expected = expected.format(size)
    if not isinstance(x, Tensor):
        raise ValueError(f"x must be a tensor {expected}, not {type(x).__module__}.{type(x).__qualname__}")
    if x.dim() != expected.count(",") + 1 or x.shape[-1] != size or 0 in x.shape:
        raise ValueError(f"x must be {expected} and not empty, not {tuple(x.shape)}")
    if x.device != like.device:
        raise ValueError(f"x is on {x.device}, the parameters are on {like.device}: move one with .to()")
    if _autocasts(x):
        x = x.to(like.dtype)
    if x.dtype != like.dtype:
        raise ValueError(f"x is {x.dtype}, the parameters are {like.dtype}: convert one with .to()")
    return x


def no_autocast(x: Tensor) -> AbstractContextManager:
    """The layer computes in the dtype of its parameters, whatever autocast does to what stands around it."""
    return torch.autocast(x.device.type, enabled=False) if _autocasts(x) else nullcontext()


def _autocasts(x: Tensor) -> bool:
    return torch.amp.is_autocast_available(x.device.type) and torch.is_autocast_enabled(x.device.type)


def lengths(lengths: Tensor | None, steps: int, batch: int) -> Tensor | None:
    """B whole numbers within 1 … T, on the CPU; None where all are T."""
    if lengths is None:
        return None
    wanted = f"lengths must be {batch} whole numbers within 1 … {steps}"
    try:
        lengths = torch.as_tensor(lengths).cpu()
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{wanted}, not {lengths!r}") from None
    if lengths.shape != (batch,):
        swapped = f": x has {steps} frames of {batch} sequences; is batch_first right?"
        raise ValueError(f"{wanted}, not of shape {tuple(lengths.shape)}{swapped if len(lengths.shape) == 1 else ''}")
    if lengths.is_floating_point() or lengths.is_complex() or lengths.dtype == torch.bool:
        raise ValueError(f"{wanted}, not {lengths.dtype}")
    outside = ((lengths < 1) | (lengths > steps)).nonzero().flatten().tolist()
    if outside:
        raise ValueError(f"{wanted}, not {lengths[outside[0]]} as that of sequence {outside[0]}")
    return None if lengths.min() == steps else lengths.long()


def states(state, rest: State | tuple[State, ...]) -> tuple[State, ...]:
    """As many pairs, of the shapes and dtype, as the state at rest has; the state at rest for None."""
    state = rest if state is None else state
    if _form(state) != _form(rest):
        raise ValueError(f"state must be {_form(rest)}, not {_form(state)}")
    return (state,) if isinstance(rest[0], Tensor) else tuple(state)


def _form(state) -> str:
    """A state in words: the shape, dtype and device of its tensors, nested as they are."""
    if isinstance(state, Tensor):
        return f"{tuple(state.shape)} {str(state.dtype).removeprefix('torch.')} on {state.device}"
    if isinstance(state, (tuple, list)):
        return f"({', '.join(map(_form, state))})"
    return type(state).__name__


def no_nan(x: Tensor, lengths: Tensor | None) -> None:
    """No NaN before the end of a sequence."""
    bad = x.isnan().any(2).cpu()
    if lengths is not None:
        bad &= torch.arange(len(x))[:, None] < lengths
    if bad.any():
        t, b = bad.nonzero()[0].tolist()
        raise ValueError(f"x has NaN, first at frame {t} of sequence {b}")

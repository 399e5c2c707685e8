"""What DRNN and DRNNCell refuse, and how they say so: a TypeError for what is no tensor, else a ValueError."""

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


def frames(x: Tensor, forms: tuple[str, ...], size: int, like: Tensor) -> Tensor:
    """x, of one of the shapes, and of the dtype and device of parameters ``like``; autocast may change the dtype.

    Args:
        x: what a layer or cell was called with.
        forms: shapes in words, such as "(T, B, {})"; the last dimension is that of the values.
        size: the values of a frame.
        like: a parameter.
    """
    if not isinstance(x, Tensor):
        wanted = " or ".join(forms).format(*[size] * len(forms))
        raise TypeError(f"x must be a tensor {wanted}, not {type(x).__module__}.{type(x).__qualname__}")
    fits = any(x.dim() == form.count(",") + 1 for form in forms) and x.shape[-1] == size
    if not fits:
        wanted = " or ".join(forms).format(*[size] * len(forms))
        raise ValueError(f"x must be {wanted}, not {tuple(x.shape)}")
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
    """B whole numbers within 1 … T, int64 on the CPU; while torch.compile looks on, their values are not asked for."""
    if lengths is None:
        return None

    def refused(found: str) -> ValueError:
        return ValueError(f"lengths must be {batch} whole numbers within 1 … {steps}, not {found}")

    try:
        lengths = torch.as_tensor(lengths).cpu()
    except (TypeError, ValueError, RuntimeError):
        raise refused(repr(lengths)) from None
    if lengths.dim() != 1:
        raise refused(f"of shape {tuple(lengths.shape)}")
    if lengths.shape[0] != batch:
        swapped = f"x has {steps} frames of {batch} sequences; is batch_first right?"
        raise refused(f"of shape {tuple(lengths.shape)}: {swapped}")
    if lengths.is_floating_point() or lengths.is_complex() or lengths.dtype == torch.bool:
        raise refused(str(lengths.dtype))
    lengths = lengths.long()
    if not (torch.compiler.is_compiling() or torch.jit.is_tracing()):
        outside = ((lengths < 1) | (lengths > steps)).nonzero().flatten().tolist()
        if outside:
            raise refused(f"{lengths[outside[0]]} as that of sequence {outside[0]}")
    return lengths


def states(state, shapes: list[tuple[tuple[int, ...], tuple[int, ...]]], like: Tensor) -> tuple[State, ...]:
    """A pair of tensors for each layer and direction; alone a pair is not in a tuple.

    Args:
        state: what the layer was called with.
        shapes: of z and of the lags of each layer and direction.
        like: a parameter, whose dtype and device they have.
    """
    pairs = (state,) if len(shapes) == 1 else state
    if not _fits(pairs, shapes, like):
        form = f" {str(like.dtype).removeprefix('torch.')} on {like.device}"
        wanted = [f"({tuple(z)}{form}, {tuple(lags)}{form})" for z, lags in shapes]
        wanted = wanted[0] if len(shapes) == 1 else f"({', '.join(wanted)})"
        hint = "; lengths are given by name" if isinstance(state, Tensor) and state.dim() == 1 else ""
        raise ValueError(f"state must be {wanted}, not {_form(state)}{hint}")
    return tuple(tuple(pair) for pair in pairs)


def _fits(pairs, shapes: list, like: Tensor) -> bool:
    if not isinstance(pairs, (tuple, list)) or len(pairs) != len(shapes):
        return False
    for pair, wanted in zip(pairs, shapes, strict=True):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            return False
        for part, shape in zip(pair, wanted, strict=True):
            if not isinstance(part, Tensor) or tuple(part.shape) != tuple(shape):
                return False
            if part.dtype != like.dtype or part.device != like.device:
                return False
    return True


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

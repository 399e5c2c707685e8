"""The processor that trains, chosen and named."""

import platform

import numba
import torch
from llvmlite import binding

from drnn.errors import UserError
from drnn.layers.tile import VECTOR_BYTES


def choose(name: str) -> torch.device:
    """The device of this name; `auto` is a GPU if torch sees one.

    Raises:
        UserError: the name is unknown, or there is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        if not name.startswith(("cpu", "cuda")):
            raise RuntimeError("is not one that trains here")
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"device {name!r}: {reason}; use auto, cpu or cuda (--device or DRNN_DEVICE)") from None
    return device


def prepare(device: torch.device) -> None:
    """One thread, no denormal numbers (they slow long sequences 10 times and more), float32 as it is, same kernels."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.deterministic = True


def require(device: torch.device, size: int) -> None:
    """See that a GPU has so many bytes left, so that jobs which share it don't fail in the middle.

    Raises:
        UserError: it has not.
    """
    if device.type != "cuda":
        return
    free, _ = torch.cuda.mem_get_info(device)
    if size > free:
        raise UserError(
            f"device {str(device)!r}: has {free / 2**30:.1f} GiB left, and the training may need {size / 2**30:.1f}: "
            "train fewer seeds at once, or wait for what else runs there"
        )


def describe(device: torch.device) -> str:
    """The device in words that a reader can compare: kind of processor, model and instruction set."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()}, {binding.get_host_cpu_name()}, {torch.backends.cpu.get_cpu_capability()}"


def products(device: torch.device) -> str:
    """What computes the layer's matrix products there: results may differ in the last bits between two of them."""
    if device.type == "cuda":
        return f"torch {torch.__version__}"
    return f"drnn, {8 * VECTOR_BYTES}-bit vectors, numba {numba.__version__}"

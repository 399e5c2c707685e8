"""Matrix products by the faster of the two libraries that torch carries.

A float32 product on a CPU goes to MKL, which on processors other than Intel's can run at half the speed of oneDNN,
the library behind torch's own LSTM. ``mkldnn::_linear_pointwise``, which torch's compiler uses for frozen models, is
the door to oneDNN's product. What is too small to gain, is not float32 or not on a CPU goes to torch as usual, and so
does everything on Intel's processors and where torch was built without oneDNN.

After ``torch.set_float32_matmul_precision("medium")`` the products that go to oneDNN, on Intel's processors too, round
what they take and give to bfloat16, where the processor has such products.

Several products of one shape go side by side: as a's (D, p, q) and weights (D, r, q), with biases (D, r).
"""

import platform
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

SMALLEST = 2**21  # multiplications from which the way to oneDNN pays


def linear(a: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """a Wᵀ + b, (p, r), of a (p, q), weight (r, q) and bias (r), or of D such side by side."""
    dtype = _onednn_dtype(weight, a.shape[-2])
    if dtype is None and weight.dim() == 3:
        return torch.bmm(a, weight.mT) if bias is None else torch.baddbmm(bias[:, None], a, weight.mT)
    if dtype is None:
        return functional.linear(a, weight, bias)
    if weight.dim() == 3:
        biases = [None] * len(weight) if bias is None else bias
        return side_by_side([linear(*one) for one in zip(a, weight, biases, strict=True)])
    return _onednn(a, weight.to(dtype), None if bias is None else bias.to(dtype).contiguous())


def prepared(weight: Tensor, rows: int) -> Callable[[Tensor], Tensor]:
    """a ↦ a Wᵀ for many a of at most ``rows`` rows: the weight (r, q) is laid out once, as the product wants it.

    For D weights side by side, the a and their products are (D, ·, ·) too.
    """
    dtype = _onednn_dtype(weight, rows)
    if dtype is None:
        if weight.dim() == 2:
            transposed = weight.t().contiguous()
            return lambda a: a @ transposed
        transposed = side_by_side([one.t().contiguous() for one in weight])
        return lambda a: torch.bmm(a, transposed)
    if weight.dim() == 3:
        products = [prepared(one, rows) for one in weight]
        return lambda a: side_by_side([product(one) for product, one in zip(products, a, strict=True)])
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.to(dtype), rows)
    return lambda a: _onednn(a, packed)


def side_by_side(parts: Sequence[Tensor]) -> Tensor:
    """D tensors of one shape as one, (D, ...); one alone is not copied."""
    return parts[0][None] if len(parts) == 1 else torch.stack(tuple(parts))


def _onednn(a: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(a.to(weight.dtype), weight, bias, "none", [], "").to(a.dtype)


def _onednn_dtype(weight: Tensor, rows: int) -> torch.dtype | None:
    """What oneDNN computes the product of ``rows`` rows with the weight in; None if it is not the one to compute it."""
    multiplications = rows * weight.shape[-1] * weight.shape[-2]
    suits = weight.device.type == "cpu" and weight.dtype == torch.float32 and multiplications >= SMALLEST
    if not (suits and torch.backends.mkldnn.is_available() and torch.backends.mkldnn.enabled):
        return None
    if torch.get_float32_matmul_precision() == "medium" and torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return torch.bfloat16
    return None if _is_mkl_at_home() else torch.float32


@cache
def _is_mkl_at_home() -> bool:
    """Whether torch carries MKL and the processor is Intel's."""
    try:
        processor = Path("/proc/cpuinfo").read_text()
    except OSError:
        processor = platform.processor()
    return torch.backends.mkl.is_available() and "GenuineIntel" in processor

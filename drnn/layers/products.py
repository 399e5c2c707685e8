"""Matrix products by the faster of the two libraries that torch carries.

A float32 product on a CPU goes to MKL, which on processors other than Intel's can run at half the speed of oneDNN,
the library behind torch's own LSTM. ``mkldnn::_linear_pointwise``, which torch's compiler uses for frozen models, is
the door to oneDNN's product. What is too small to gain, is not float32 or not on a CPU goes to torch as usual, and so
does everything where torch was built without oneDNN.

After ``torch.set_float32_matmul_precision("medium")`` the products that go to oneDNN round what they take and give
to bfloat16, where the processor has such products.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

SMALLEST = 2**21  # multiplications from which the way to oneDNN pays


def linear(a: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """a Wᵀ + b, (p, r), of a (p, q), weight (r, q) and bias (r)."""
    dtype = _onednn_dtype(weight, len(a))
    if dtype is None:
        return functional.linear(a, weight, bias)
    return _onednn(a, weight.to(dtype), None if bias is None else bias.to(dtype).contiguous())


def prepared(weight: Tensor, rows: int) -> Callable[[Tensor], Tensor]:
    """a ↦ a Wᵀ for many a of at most ``rows`` rows: the weight (r, q) is laid out once, as the product wants it."""
    dtype = _onednn_dtype(weight, rows)
    if dtype is None:
        transposed = weight.t().contiguous()
        return lambda a: a @ transposed
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.to(dtype), rows)
    return lambda a: _onednn(a, packed)


def _onednn(a: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(a.to(weight.dtype), weight, bias, "none", [], "").to(a.dtype)


def _onednn_dtype(weight: Tensor, rows: int) -> torch.dtype | None:
    """What oneDNN computes the product of ``rows`` rows with the weight in; None if it is not the one to compute it."""
    suits = weight.device.type == "cpu" and weight.dtype == torch.float32 and rows * weight.numel() >= SMALLEST
    if not (suits and torch.backends.mkldnn.is_available() and torch.backends.mkldnn.enabled):
        return None
    rounds = torch.get_float32_matmul_precision() == "medium" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if rounds else torch.float32

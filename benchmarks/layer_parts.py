"""Where the layer spends its time: the parts of a training step, and of inference."""

from collections.abc import Callable

import harness
import torch
from layer_steps import LSTM, NETS, inference, labels, operations
from shapes import Shape
from torch import Tensor
from torch.nn.functional import cross_entropy

from drnn.layers.matmul import add_product, packed

TRAINING = ["n→m, k, B, T", "layer", "forward", "backward", "Adam", "operations"]
INFERENCE = ["n→m, k, B, T", "all", "one frame", "products", "rest", "nn.LSTM, all", "nn.LSTM, one frame"]
LARGE = 2048
"""Rows and columns of a product that runs as fast as the processor can."""


def parts_of_training(shape: Shape, rounds: int) -> list[list[str]]:
    """Milliseconds of a training step's parts, and of its operations at the rate of a large product."""
    names = (LSTM, "order 2")
    runs = {(name, part): run for name in names for part, run in passes(name, shape).items()}
    found = {at: one.milliseconds for at, one in harness.side_by_side(runs, rounds, f"parts, {shape}", 3).items()}
    rate = max(harness.rate(LARGE) for _ in range(rounds))
    rows = []
    for name in names:
        forward, both, adam = (found[name, part] for part in ("forward", "both", "Adam"))
        backward = both - forward
        least = 1e3 * flop(name, shape) / rate
        rows.append([str(shape), name, *(f"{value:.2f}" for value in (forward, backward, adam, least))])
    return rows


def flop(name: str, shape: Shape) -> float:
    """Operations of a training step's products: x needs no gradient."""
    if name != LSTM:
        return operations(shape, 2, training=True)
    frames = shape.batch * shape.steps
    return 2.0 * frames * 4 * shape.m * (2 * shape.n + 3 * shape.m)


def parts_of_inference(shape: Shape, rounds: int) -> list[str]:
    """Milliseconds of order 2's inference: of all, of a call of one frame, and of the products; and of nn.LSTM's."""
    short = shape._replace(steps=1)
    runs = {"products": products(shape)}
    runs |= {(name, of): inference(name, of) for name in (LSTM, "order 2") for of in (shape, short)}
    repeats = max(1, min(20, round(1e9 / operations(shape, 2, training=True))))
    found = {
        name: one.milliseconds for name, one in harness.side_by_side(runs, rounds, f"parts, {shape}", repeats).items()
    }
    ours, ours_once, theirs, theirs_once = (found[name, of] for name in ("order 2", LSTM) for of in (shape, short))
    rest = ours - ours_once - found["products"]
    return [str(shape), *(f"{value:.2f}" for value in (ours, ours_once, found["products"], rest, theirs, theirs_once))]


def passes(name: str, shape: Shape) -> dict[str, Callable[[], object]]:
    """What a training step is made of: forward with the loss; the same and backward; and Adam alone."""
    net, x, expected = NETS[name](shape), torch.randn(shape.steps, shape.batch, shape.n), labels(shape)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)

    def forward() -> Tensor:
        return cross_entropy(net(x)[0][-1, :, : shape.k], expected)

    def both() -> None:
        optimizer.zero_grad()
        forward().backward()

    return {"forward": forward, "both": both, "Adam": optimizer.step}


def products(shape: Shape) -> Callable[[], None]:
    """The matrix products of a forward pass of order 2 alone, by the layer's own function."""
    n, m, k, batch, steps = shape
    x = torch.randn(steps * batch, n).numpy()
    window, z = (torch.randn(batch, width).numpy() for width in (3 * m, k))
    gates, seen = (
        torch.empty(rows, width).numpy() for rows, width in ((steps * batch, 3 * m + k), (batch, 2 * m + 2 * k))
    )
    weights = {"x": (n, 3 * m + k), "z": (k, 3 * m + k), "window": (3 * m, 2 * m + 2 * k)}
    right = {name: packed(f"benchmark {name}", torch.randn(*size).numpy()) for name, size in weights.items()}

    def run() -> None:
        add_product(x, right["x"], n, gates)
        for step in range(steps):
            add_product(z, right["z"], k, gates[step * batch : (step + 1) * batch])
            add_product(window, right["window"], 3 * m, seen)

    return run

"""The steps that benchmarks time: of the layer and of torch's own LSTM."""

from collections.abc import Callable

import torch
from shapes import Shape
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from drnn.layers import DRNN

SHAPES = [
    Shape(3, 16, 2, 8, 50),
    Shape(60, 128, 20, 8, 50),
    Shape(60, 128, 20, 32, 50),
    Shape(180, 256, 20, 64, 20),
    Shape(583, 400, 20, 16, 50),
    Shape(583, 400, 20, 32, 50),
    Shape(450, 300, 6, 16, 200),
]
LSTM, LITERAL = "nn.LSTM", "order 2, literal loop"
NETS: dict[str, Callable[[Shape], nn.Module]] = {
    LSTM: lambda s: nn.LSTM(s.n, s.m),
    "order 0": lambda s: DRNN(s.n, s.m, s.k, order=0),
    "order 1": lambda s: DRNN(s.n, s.m, s.k, order=1),
    "order 2": lambda s: DRNN(s.n, s.m, s.k, order=2),
    LITERAL: lambda s: DRNN(s.n, s.m, s.k, order=2, implementation="reference"),
}


def training_step(name: str, shape: Shape, every_frame: bool = False) -> Callable[[], None]:
    """Forward, loss of the last frame or of every frame, backward, Adam."""
    net, x, expected = NETS[name](shape), torch.randn(shape.steps, shape.batch, shape.n), labels(shape)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)

    def step() -> None:
        scores = net(x)[0][..., : shape.k]
        loss = _every_frame(scores, expected) if every_frame else cross_entropy(scores[-1], expected)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def inference(name: str, shape: Shape) -> Callable[[], None]:
    """Forward, no gradients."""
    net, x = NETS[name](shape).eval(), torch.randn(shape.steps, shape.batch, shape.n)

    @torch.no_grad()
    def step() -> None:
        net(x)

    return step


def operations(shape: Shape, order: int, training: bool) -> float:
    """Floating point operations of the matrix products; x needs no gradient, and dⁿs, n ≥ 1, passes none back."""
    n, m, k = shape.n, shape.m, shape.k
    forward = (n + k) * (3 * m + k) + (order + 1) * m * (2 * m + k) + m * k
    errors = 2 * m * (m + k) + (m + k) * k + 2 * k * m
    return 2.0 * shape.batch * shape.steps * (2 * forward + errors if training else forward)


def ratio_of_operations(shape: Shape, order: int) -> float:
    """Of a forward pass to that of nn.LSTM."""
    of_lstm = 2.0 * shape.batch * shape.steps * 4 * shape.m * (shape.n + shape.m)
    return operations(shape, order, training=False) / of_lstm


def labels(shape: Shape) -> Tensor:
    """Random classes (B,)."""
    return torch.randint(shape.k, (shape.batch,))


def _every_frame(scores: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(scores.flatten(0, 1), labels.repeat(len(scores)))

"""What benchmarks/gpu.py tests on the device: the batched form, its kernels and its graph against the reference."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import gpu_data
import torch
from gpu_steps import WARM_UPS, Shape, captured, drnn_step
from torch import Tensor

from drnn.layers import batched, frame, reference
from drnn.layers.reference import Weights, shapes
from drnn.training.block import fit_block
from drnn.training.fit import fit
from drnn.training.preprocessing import Preprocessor

Found = tuple[float, float]
"""The largest difference, relative to the largest value of its tensor, and what is allowed."""

SIZES, LENGTHS = (12, 40, 21), (9, 1, 6, 9, 4)


def checks(device: torch.device) -> Iterator[tuple[str, Callable[[], Found]]]:
    """Each check's name, and what makes it."""
    for order in range(5):
        yield f"float64, order {order}, 5 layers, against the reference", _against_reference(order, 5, device)
    for truncation in ("strict", "none"):
        name = f"float64, order 2, truncation {truncation}, 5 layers, against the reference"
        yield name, _against_reference(2, 5, device, truncation)
    for order in (0, 2):
        yield f"float32, order {order}, 3 layers, against the reference in float64", _single(order, device)
    if batched.form(torch.empty(0, device=device)) is not frame:
        for order, layers in ((0, 1), (2, 1), (2, 4)):
            yield f"kernels against torch's operations, order {order}, {layers} layers", _kernels(order, layers, device)
    if device.type == "cuda":
        yield "a CUDA graph against the same step without, order 2, 3 layers", _graph(device)
    for name, changes in {"paper": {"batch_size": 4}, "tuned": {"batch_size": 4}}.items():
        yield (
            f"recipe {name}: 3 seeds in a block against each alone on the CPU, losses of 4 epochs",
            _block(gpu_data.recipe(name, epochs=4, **changes), device),
        )


def case(order: int, layers: int, dtype: torch.dtype, device: torch.device) -> tuple:
    """x, the weights and the start of each layer, drawn on the CPU, and lengths."""
    torch.manual_seed(order)

    def drawn(*shape: int) -> Tensor:
        return (torch.randn(shape, dtype=torch.float64) / 4).to(device, dtype).requires_grad_()

    _, m, k = SIZES
    weights = [Weights(*(drawn(*shape) for shape in shapes(*SIZES, order).values())) for _ in range(layers)]
    states = [(drawn(len(LENGTHS), k), drawn(order + 1, len(LENGTHS), m)) for _ in range(layers)]
    return drawn(max(LENGTHS), len(LENGTHS), SIZES[0]), weights, torch.tensor(LENGTHS), states


def results(form, x, weights, lengths, states, truncation="dos") -> list[Tensor]:
    """z and the gradients of a loss on it, every other layer reading backwards, in float64 on the CPU."""
    runs = form.drnns(x, weights, lengths, states, [layer % 2 == 1 for layer in range(len(weights))], truncation)
    loss = sum((z.flatten() * torch.arange(1.0, 1 + z.numel()).cos().to(z)).sum() for z, _ in runs)
    inputs = [x, *(p for of_layer in weights for p in of_layer), *(p for state in states for p in state)]
    values = [*(z for z, _ in runs), *torch.autograd.grad(loss, inputs, materialize_grads=True)]
    return [value.detach().cpu().double() for value in values]


def difference(found: list[Tensor], expected: list[Tensor]) -> float:
    """The largest, relative to the largest value of each tensor."""
    return max(
        ((a - b).abs().max() / b.abs().max().clamp(min=1e-9)).item() for a, b in zip(found, expected, strict=True)
    )


def _against_reference(order: int, layers: int, device: torch.device, truncation: str = "dos") -> Callable[[], Found]:
    def check() -> Found:
        double = *case(order, layers, torch.float64, device), truncation
        return difference(results(batched, *double), results(reference, *double)), 1e-12

    return check


def _single(order: int, device: torch.device) -> Callable[[], Found]:
    def check() -> Found:
        exact = results(reference, *case(order, 3, torch.float64, torch.device("cpu")))
        return difference(results(batched, *case(order, 3, torch.float32, device)), exact), 5e-5

    return check


def _kernels(order: int, layers: int, device: torch.device) -> Callable[[], Found]:
    def check() -> Found:
        found = results(batched, *case(order, layers, torch.float32, device))
        batched.FUSED = False
        try:
            plain = results(batched, *case(order, layers, torch.float32, device))
        finally:
            batched.FUSED = True
        return difference(found, plain), 5e-5

    return check


def _graph(device: torch.device) -> Callable[[], Found]:
    def check() -> Found:
        plain, graphed = (drnn_step(Shape(12, 40, 5, 6, 9), 2, 3, device) for _ in range(2))
        for _ in range(WARM_UPS):
            plain()
        losses = [[float(step()) for _ in range(5)] for step in (captured(graphed), plain)]
        return difference(*torch.tensor(losses, dtype=torch.float64)[:, None]), 1e-5

    return check


def _block(recipe, device: torch.device) -> Callable[[], Found]:
    def check() -> Found:
        cpu, seeds = torch.device("cpu"), (0, 1, 2)
        data = gpu_data.skeletons(subjects=2, repetitions=1)
        preprocessor = Preprocessor.fit(data.train, recipe)
        trainings = [gpu_data.training(recipe, gpu_data.model(2), 24, seed) for seed in seeds]
        with TemporaryDirectory() as folder:
            checkpoint = Path(folder) / "checkpoint"
            block = fit_block(data.train, preprocessor, trainings[0], seeds, device, checkpoint)
            found = [history for _, history in block]
            alone = [fit(data.train, preprocessor, one, cpu, checkpoint)[1] for one in trainings]
        return difference(torch.tensor(found), torch.tensor(alone)), 1e-3

    return check

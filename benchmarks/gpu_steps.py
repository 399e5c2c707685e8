"""What benchmarks/gpu.py times: a training step of D layers together, and of cuDNN's nn.LSTM with a linear layer."""

import statistics
import time
from collections.abc import Callable

import torch
from shapes import Shape
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from drnn.layers import DRNN
from drnn.layers.batched import batched
from drnn.layers.reference import Weights

Step = Callable[[], object]

SHAPES = {"MSR Action3D": Shape(583, 400, 20, 16, 50), "KTH": Shape(450, 300, 6, 16, 200)}
TINY = {"tiny": Shape(9, 8, 3, 4, 6)}
LEARNING_RATE = 1e-4
WARM_UPS = 3


def lstm_step(shape: Shape, device: torch.device) -> Step:
    """Forward, loss on the last frame, backward and AdamW of torch's LSTM with a linear layer."""
    torch.manual_seed(0)
    recurrent, scores = nn.LSTM(shape.n, shape.m).to(device), nn.Linear(shape.m, shape.k).to(device)
    x = torch.randn(shape.steps, shape.batch, shape.n, device=device)
    labels = torch.randint(shape.k, (shape.batch,), device=device)
    optimizer = _adamw([*recurrent.parameters(), *scores.parameters()], device)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(scores(recurrent(x)[0][-1]), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def drnn_step(shape: Shape, order: int, layers: int, device: torch.device) -> Step:
    """The same of D layers, each with its own weights and batch; the loss is the sum of theirs."""
    torch.manual_seed(0)
    n, m, k, batch, steps = shape
    drawn = [list(DRNN(n, m, k, order).parameters()) for _ in range(layers)]
    weights = [nn.Parameter(torch.stack(part).detach().to(device)) for part in zip(*drawn, strict=True)]
    x = torch.randn(batch, order + 1 + steps, layers, n, device=device)
    z0, lags = x.new_zeros(layers, batch, k), x.new_zeros(layers, order + 1, batch, m)
    labels = torch.randint(k, (batch * layers,), device=device)
    optimizer = _adamw(weights, device)

    def step() -> Tensor:
        optimizer.zero_grad()
        z, _ = batched(x, Weights(*weights), z0, lags)
        loss = cross_entropy(z[:, -1].flatten(0, 1), labels) * layers
        loss.backward()
        optimizer.step()
        return loss

    return step


def _adamw(parameters: list[Tensor], device: torch.device) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=LEARNING_RATE, fused=True, capturable=device.type == "cuda")


def captured(step: Step) -> Step:
    """The step as a CUDA graph, after some that warm up; what it returns is the last replay's."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UPS):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = step()

    def replay() -> object:
        graph.replay()
        return result

    return replay


def interleaved(contenders: dict[str, Step], device: torch.device, rounds: int, seconds: float) -> dict[str, float]:
    """Milliseconds of a step of each: medians over rounds, in each of which each runs for about so many seconds."""
    repeats = {name: max(1, int(1e3 * seconds / _milliseconds(step, 3, device))) for name, step in contenders.items()}
    found = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, step in contenders.items():
            found[name].append(_milliseconds(step, repeats[name], device))
    return {name: statistics.median(times) for name, times in found.items()}


def _milliseconds(step: Step, repeats: int, device: torch.device) -> float:
    """Of one step, by events on a GPU and by the clock elsewhere; the first one is not counted."""
    step()
    if device.type != "cuda":
        start = time.perf_counter()
        for _ in range(repeats):
            step()
        return 1e3 * (time.perf_counter() - start) / repeats
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    start.record()
    for _ in range(repeats):
        step()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / repeats

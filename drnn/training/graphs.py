"""A step as a CUDA graph for each padded length, captured once."""

from collections.abc import Callable

import torch

LENGTH_STEP = 16  # frames by which padded lengths differ, so that few graphs serve all batches


class Graphs:
    """``run(size)`` of a function whose operations depend on ``size`` alone; one replay a call on a GPU.

    The function reads and writes tensors that stay where they are, and leaves nothing else behind. All graphs share
    one pool of memory, which the largest size fills: capture that one first.

    Args:
        function: the step.
        device: on a CPU the function is called as it is.
    """

    def __init__(self, function: Callable[[int], None], device: torch.device):
        self._function = function
        self._graphs = {} if device.type == "cuda" else None
        self._pool = torch.cuda.graph_pool_handle() if device.type == "cuda" else None
        self._stream = torch.cuda.Stream() if device.type == "cuda" else None

    def size(self, frames: int) -> int:
        """The size that serves so many frames."""
        return frames if self._graphs is None else -(-frames // LENGTH_STEP) * LENGTH_STEP

    def run(self, size: int) -> None:
        """The step; its first run of a size captures it."""
        if self._graphs is None:
            self._function(size)
            return
        self.capture(size)
        self._graphs[size].replay()

    def capture(self, size: int) -> None:
        """Make the graph of a size if there is none; what the function writes is then without meaning."""
        if self._graphs is None or size in self._graphs:
            return
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            self._function(size)  # compiles kernels and loads libraries, which a capture cannot
        torch.cuda.current_stream().wait_stream(self._stream)
        torch.cuda.synchronize()
        torch.cuda.empty_cache()  # the graph has memory of its own
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            self._function(size)
        self._graphs[size] = graph

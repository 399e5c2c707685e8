"""A step is one process with one thread: the scheduler runs as many as there are cores."""

import torch
from threadpoolctl import threadpool_limits


def one_thread() -> None:
    """Let torch, numpy and scipy work in one thread of this process: the same bits on any number of cores."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    threadpool_limits(1)

"""What a drawing of a skeleton needs to know of it, as arrays."""

import numpy as np

from drnn.datasets.skeleton import Skeleton


def figure(skeleton: Skeleton) -> dict[str, np.ndarray]:
    """``bones`` (B, 2), pairs of joints; ``head`` () and ``centre`` (C,), joints. All are 0-based places."""
    (head,) = skeleton.find([skeleton.head], "head")
    return {"bones": np.array(skeleton.lines), "head": np.array(head), "centre": np.array(skeleton.middle)}

"""What every process of tests/trust shares: all is imported, keys and machine code are there, before it is forked."""

from importlib import import_module

import h5py
import numpy as np
import torch

import drnn
from drnn import keys
from drnn.datasets import video
from drnn.features import hog3d
from drnn.plan.steps import STEPS

torch.set_num_threads(1)
h5py.get_config()
import_module("drnn.cli.commands")
for room in ("baselines", "datasets", "features", "report"):
    for path in sorted((keys.ROOT / "drnn" / room).glob("*.py")):
        import_module(f"drnn.{room}.{path.stem}")
for name in [name for step in STEPS.values() for name in step.modules or (step.name,)]:
    import_module(f"drnn.steps.{name}")
    keys.code_of(f"drnn.steps.{name}")
drnn.DRNN(3, 4, 2, order=1)(torch.zeros(5, 3, 3))[0].sum().backward()
video.grey_of(np.zeros((2, 2, 3), np.uint8))
hog3d.descriptors(np.zeros((17, 60, 80), np.uint8), range(8, 9))

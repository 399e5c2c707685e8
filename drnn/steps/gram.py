"""The products of all subjects' sketches with each other, of which each split takes those of its own subjects."""

import numpy as np

from drnn.arrays import write_arrays
from drnn.features.sketch import gram
from drnn.machine import Machine
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import load_sketches


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Multiply the rows of all sketches, in the order of the inputs."""
    one_thread()
    sketches = [sketch for sketch, _ in load_sketches(inputs["sketches"]) if sketch]
    matrix = gram([sketch.rows for sketch in sketches]) if sketches else np.zeros((0, 0))
    write_arrays(outputs["gram"], {"gram": matrix}, {})
    return f"{len(matrix)} rows of {len(sketches)} subjects"

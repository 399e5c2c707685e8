"""The products of all subjects' sketches with each other, of which each split takes those of its own subjects."""

import numpy as np

from drnn.arrays import write_arrays
from drnn.errors import UserError
from drnn.features.sketch import Sketch, gram
from drnn.machine import Machine
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import load_sketches


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Multiply the rows of all sketches, in the order of the inputs."""
    one_thread()
    sketched = [(sketch, about["subject"]) for sketch, about in load_sketches(inputs["sketches"]) if sketch]
    _check_sizes(sketched)
    sketches = [sketch for sketch, _ in sketched]
    matrix = gram([sketch.rows for sketch in sketches]) if sketches else np.zeros((0, 0))
    write_arrays(outputs["gram"], {"gram": matrix}, {})
    return f"{len(matrix)} rows of {len(sketches)} subjects"


def _check_sizes(sketched: list[tuple[Sketch, int]]) -> None:
    """A descriptor is as long as the frames have places for boxes: so all subjects' frames have to be of one size."""
    lengths = {sketch.rows.shape[1]: subject for sketch, subject in sketched}
    if len(lengths) > 1:
        first, second = list(lengths.values())[:2]
        raise UserError(
            f"subject {first}'s videos have frames of another size than subject {second}'s; descriptors need one size: "
            "convert the videos of one of them"
        )

"""The products of all subjects' sketches with each other, of which each split takes those of its own subjects."""

from drnn.arrays import writing
from drnn.features.sketch import products, tiles
from drnn.machine import Machine
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import MOST_SHARED, load_sketches, pair_of


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Multiply the rows of all sketches, a tile of pairs at a time; of more than `MOST_SHARED` subjects none.

    Rows are read as they are multiplied, so that memory does not grow with the subjects.
    """
    one_thread()
    subjects, sketches = load_sketches(inputs["sketches"])
    shared = len(subjects) <= MOST_SHARED
    rows = [sketch.rows for sketch in sketches]
    with writing(outputs["gram"], {"shared": shared}) as writer:
        for pairs in tiles(len(rows) if shared else 0):
            for (i, j), product in products(rows, pairs).items():
                writer.add(pair_of(subjects[i], subjects[j]), product)
    if not shared:
        return f"{len(subjects)} subjects are too many to multiply all: each split multiplies those of its own"
    return f"{sum(map(len, rows))} rows of {len(subjects)} subjects"

"""The memory of a block of seeds: at most so much, known before it starts."""

import math
from typing import TYPE_CHECKING

from drnn.layers import DRNN
from drnn.training import stack
from drnn.training.augment import longest
from drnn.training.graphs import LENGTH_STEP
from drnn.training.preprocessing import Preprocessor

if TYPE_CHECKING:
    from torch import Tensor

    from drnn.config.recipe import Recipe
    from drnn.datasets.store import SequenceSet

LIBRARIES = 160 * 2**20  # bytes; workspaces of the product library, for the streams that are used
FLOAT = 4


def most_bytes(
    sequences: "SequenceSet[Tensor]", preprocessor: Preprocessor, form: DRNN, recipe: "Recipe", seeds: int
) -> int:
    """The most bytes that :func:`drnn.training.block.fit_block` holds at once on a GPU, but for CUDA's own.

    With S seeds of W directions, P numbers in a model, R' frames of F features, R frames of n inputs that are shown of
    them, batches of B sequences of T frames, and N + 1 slots before the first, they are 4 bytes times

        12 S P                                weights, gradients, optimiser, running mean; and copies in a step
        + S R n + 3 R n + 4 R' F + 2 E         what is shown, what showing takes, and two epochs of batches
        + B (N + 1 + T) S W (n + 7 m + 20 k + 16)  a level: inputs, gates, states, errors, outputs, places

    and the workspaces of the library of products. Where nothing is augmented all seeds are shown the same frames, so
    that the second row is 4 R n + R' F + 2 E. Sequences that are blended in are there besides, as recorded and as
    performed. With more sequences no other row grows.
    """
    n = len(preprocessor.mean)
    features = sequences.frames.shape[1]
    ways = 1 + form.bidirectional
    lengths = longest(sequences.lengths, recipe.augmentation) if recipe.augmentation else sequences.lengths
    kept = -(-lengths // preprocessor.frame_stride)
    frames = math.ceil(int(kept.max()) / LENGTH_STEP) * LENGTH_STEP
    raw = int(lengths.sum())
    shown = int(kept.sum())
    batch = min(recipe.batch_size, len(lengths))

    weights = 12 * seeds * stack.numbers(form)
    data = (seeds + 3) * shown * n + 4 * raw * features if recipe.augmentation else 4 * shown * n + raw * features
    if recipe.augmentation and recipe.augmentation.mix:
        data += (raw + len(lengths) * int(sequences.lengths.max())) * features
    epoch = seeds * (len(lengths) + batch) * (8 + (n / FLOAT if recipe.input_dropout else 0))
    step = 0
    for level in range(form.num_layers):
        inputs_of = form.hidden_size * ways if level else n
        outputs_of = form.output_size if level == form.num_layers - 1 else form.hidden_size
        step += inputs_of + 7 * form.hidden_size + 20 * outputs_of + 16
    step *= batch * (form.order + 1 + frames) * seeds * ways
    return math.ceil(FLOAT * (weights + data + 2 * epoch + step)) + LIBRARIES

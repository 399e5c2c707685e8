"""One training by the real step, as a block of its own; no assertion is made here (PYTEST_DONT_REWRITE)."""

from pathlib import Path

from drnn.config.training import Training, training_key
from drnn.machine import Machine
from drnn.steps import train


def trained(block: Path, features: Path, training: Training, *seeds: int, **changes) -> list[str]:
    """Train a block from these seeds, or from the training's own; their keys.

    ``changes`` are of the parameters, for what a training would not let through.
    """
    told = training.model_dump(exclude={"seed"}) | changes
    seeds = seeds or (training.seed,)
    train.run(told | {"seeds": [list(seeds)]}, {"features": [features]}, {"trainings": block}, Machine(device="cpu"))
    return [training_key(told, seed, features) for seed in seeds]

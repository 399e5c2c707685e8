"""One training as its job is told it: blocks of params.yaml put together by the plan."""

from pathlib import Path

from pydantic import Field

from drnn import keys
from drnn.config.block import Block, Seed
from drnn.config.model import Model
from drnn.config.recipe import Recipe


class SizedModel(Model):
    """A model that holds the block of the model that it is to be as large as, rather than its name."""

    as_large_as: Model | None = None


class Training(Block):
    """The parameters of one training.

    Attributes:
        recipe: how the model is trained; its `hidden_size` and `features` are not looked at.
        model: which layer.
        hidden_size: units of the state m.
        seed: of the initial parameters and of all that is drawn.
    """

    recipe: Recipe
    model: SizedModel
    hidden_size: int = Field(ge=1)
    seed: Seed

    def sized(self, sequences: int, frames: int) -> "Training":
        """The same with numbers for every `auto` of its recipe, which so many sequences of so many frames give."""
        return self.model_copy(update={"recipe": self.recipe.sized(sequences, frames)})


def training_key(told: dict, seed: int, features: str | Path) -> str:
    """The key of one training, whoever shares its job.

    Args:
        told: JSON values: recipe, model and size.
        seed: its own.
        features: file that it learns from, whose name carries a key.
    """
    return keys.key("train", told | {"seed": seed}, [features], ["drnn.steps.train"])

"""One training as its job is told it: blocks of params.yaml put together by the plan."""

from pydantic import Field

from drnn.config.block import Block, Seed
from drnn.config.model import Model
from drnn.config.recipe import Recipe


class SizedModel(Model):
    """A model that holds the block of the model that it is to be as large as, rather than its name."""

    as_large_as: Model | None = None


class Training(Block):
    """The parameters of a job of the step `train`.

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

"""The blocks `models` as an experiment names them: a layer, and how many of the dataset's units it has."""

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from drnn.config.model import Model


class NamedModel(Model):
    """A recurrent layer with all of a dataset's units, or a part of them."""

    units: float = Field(1, gt=0, le=1, description="part of `hidden_size` that its state has: 0.25 is a quarter")

    @model_serializer(mode="wrap")
    def _without_the_usual(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """All units go without saying, so that a block means what it meant before there was a part."""
        return {name: value for name, value in plain(self).items() if name != "units" or value != 1}

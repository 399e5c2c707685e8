"""The blocks `models`: which recurrent layer."""

from typing import Literal

from pydantic import Field, model_validator

from drnn.config.block import Name, Titled


class Model(Titled):
    """A recurrent layer."""

    layer: Literal["drnn", "lstm", "gru"] = Field(
        "drnn", description="the paper's; or torch's own, with a linear layer that reads its states"
    )
    order: int = Field(0, ge=0, description="highest derivative of states N; 0 is the paper's LSTM")
    truncation: Literal["dos", "strict", "none"] = Field(
        "dos", description="through which terms no gradient flows back"
    )
    as_large_as: Name | None = Field(
        None, description="name of a model: the state has as many units as give the number of its parameters best"
    )

    @model_validator(mode="after")
    def _derivatives_of_the_papers_layer(self):
        if self.layer != "drnn" and (self.order or self.truncation != "dos"):
            raise ValueError(f"order and truncation belong to the layer drnn, not to torch's {self.layer}")
        return self

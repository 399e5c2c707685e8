"""What all blocks of a parameter file have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Subject = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Block(BaseModel):
    """What all blocks have in common: an unknown key is an error, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Titled(Block):
    """What stands in tables and figures has a display name. Nothing that is computed depends on it."""

    title: str | None = Field(
        None, min_length=1, exclude=True, description="display name; default: the paper's, or what the block is"
    )

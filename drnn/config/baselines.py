"""The blocks `baselines`: non-recurrent classifiers."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from drnn.config.block import Titled


class Dtw(Titled):
    """Non-recurrent baseline: the nearest training sequence by dynamic time warping of the joints."""

    method: Literal["dtw"] = Field(description="module of drnn/baselines")
    centre: bool = Field(True, description="whether each frame is taken relative to its hip centre")
    size: bool = Field(False, description="whether the distance from hip centre to head is made 1")
    view: bool = Field(False, description="whether the hips are turned parallel to the image")

    @model_validator(mode="after")
    def _of_centred_joints(self):
        if (self.size or self.view) and not self.centre:
            raise ValueError("size and view are of joints relative to the hip centre: set centre to true")
        return self


class PooledSvm(Titled):
    """Non-recurrent baseline: a linear SVM on the dataset's features, pooled over time."""

    method: Literal["pooled_svm"] = Field(description="module of drnn/baselines")
    segments: list[Annotated[int, Field(ge=1)]] = Field(
        [1, 2, 4], min_length=1, description="into how many equal parts each level of a pyramid cuts a sequence"
    )
    scaling: Literal["value", "all"] = Field(
        "value", description="each pooled value is divided by its own deviation, or all by one: for components of a PCA"
    )


Baseline = Annotated[
    Annotated[Dtw, Tag("dtw")] | Annotated[PooledSvm, Tag("pooled_svm")],
    Discriminator("method"),
]

"""The blocks `features`: how sequences become vectors."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from drnn.config.block import Block


class SkeletonFeatures(Block):
    """How a sequence of skeletons becomes a sequence of vectors (the paper's five groups)."""

    kind: Literal["skeleton"] = Field("skeleton", description="module of drnn/features")
    layout: Literal["583", "472"] = Field("583", description="reading of the paper's five groups")
    velocity_window: int = Field(5, ge=1, description="frames of the velocity histogram, odd")

    @model_validator(mode="after")
    def _odd_window(self):
        if self.velocity_window % 2 == 0:
            raise ValueError(f"velocity_window must be odd, not {self.velocity_window}")
        return self


class JointFeatures(Block):
    """How a sequence of skeletons becomes one of joints, or bones, as all bodies would show them to the camera."""

    kind: Literal["joints"] = Field(description="module of drnn/features")
    size: bool = Field(True, description="whether the distance from hip centre to head is made 1")
    view: bool = Field(True, description="whether the hips are turned parallel to the image")
    smoothing: int = Field(5, ge=1, description="frames of a triangular window over time, odd; 1: none")
    vectors: Literal["joints", "bones", "both"] = Field(
        "joints", description="places of the joints, what leads along each bone from one joint to the other, or both"
    )

    @model_validator(mode="after")
    def _odd_window(self):
        if self.smoothing % 2 == 0:
            raise ValueError(f"smoothing must be odd, not {self.smoothing}")
        return self


class ValueFeatures(Block):
    """The values of each frame as they are: of sensors, of joints, or features of one's own."""

    kind: Literal["values"] = Field(description="module of drnn/features")


class Hog3dFeatures(Block):
    """How a video becomes a sequence of vectors: HOG3D on a grid, and a PCA of each split's training subjects."""

    kind: Literal["hog3d"] = Field(description="module of drnn/features")
    grid: Literal["dense_3scale", "grid_8x7"] = Field(
        "dense_3scale", description="where the descriptors lie: 56 in pictures of 160 × 120"
    )
    n_components: int | float = Field(
        450, gt=0, description="dimensions that are kept; below 1 the part of the training energy that is to be kept"
    )
    center: bool = Field(False, description="whether the mean of the training frames is removed first")
    landmarks: int = Field(3000, ge=1, description="frames of each subject, evenly spread, that the PCA is fitted to")
    chunk: int = Field(1000, ge=1, description="landmarks that are compressed together")
    rank: int = Field(300, ge=1, description="rows that stand for a chunk, and then for a subject")
    directions: int = Field(
        700, ge=1, description="directions of a cell that all components share, without `center`: more lose less energy"
    )

    @model_validator(mode="after")
    def _whole_components(self):
        if self.n_components > 1 and self.n_components != int(self.n_components):
            raise ValueError(f"n_components must be a whole number, or below 1 a part, not {self.n_components}")
        return self


def kind_of_features(block: Any) -> str:
    """The kind of a features block; skeleton where it has none."""
    kind = block.get("kind", "skeleton") if isinstance(block, dict) else getattr(block, "kind", "skeleton")
    return str(kind)


Features = Annotated[
    Annotated[SkeletonFeatures, Tag("skeleton")]
    | Annotated[JointFeatures, Tag("joints")]
    | Annotated[ValueFeatures, Tag("values")]
    | Annotated[Hog3dFeatures, Tag("hog3d")],
    Discriminator(kind_of_features),
]
FITTING = {
    "skeletons": ("skeleton", "joints", "values"),
    "values": ("values",),
    "own": ("values", "skeleton", "joints"),
    "videos": ("hog3d",),
}
"""The kinds of features for each kind of recordings. Whether one's own have a skeleton is seen when they are read."""

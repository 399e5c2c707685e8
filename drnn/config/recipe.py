"""The blocks `recipes`: how a model is trained."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from drnn.config import generic
from drnn.config.block import Block, Name, Titled

AUTO = "auto"
Count = Annotated[
    Annotated[int, Field(ge=1), Tag("int")] | Annotated[Literal["auto"], Tag(AUTO)],
    Discriminator(lambda value: AUTO if value == AUTO else "int"),
]
"""A number of at least 1, or what follows from sizes."""


class Augmentation(Block):
    """What is drawn anew for a training sequence of joints in each epoch, each uniformly where nothing else is said."""

    rotation: float = Field(0.0, ge=0, le=180, description="degrees to each side about the vertical axis")
    tilt: float = Field(0.0, ge=0, le=180, description="degrees to each side about the horizontal axis of the image")
    scale: float = Field(0.0, ge=0, lt=1, description="part by which each axis is stretched or shrunk at most")
    tempo: float = Field(0.0, ge=0, description="logarithm of the factor of the length, at most, to each side")
    crop: float = Field(0.0, ge=0, lt=0.5, description="part of the frames cut off at each end, at most")
    shift: float = Field(0.0, ge=0, description="deviation of a normal shift of each joint, one for a sequence")
    noise: float = Field(0.0, ge=0, description="deviation of normal noise on each joint in each frame")
    joint_dropout: float = Field(
        0.0, ge=0, lt=1, description="part of the joints that are put into the body's centre, others in each sequence"
    )
    mix: float = Field(0.0, ge=0, le=1, description="part of another sequence of the class that is blended in, at most")

    @property
    def alone(self) -> "Augmentation":
        """What a test sequence is shown as: with all its joints, and without other sequences."""
        return self.model_copy(update={"joint_dropout": 0.0, "mix": 0.0})


class Recipe(Titled):
    """How a model is trained."""

    learning_rate: float = Field(1e-4, gt=0, description="step size; the largest one of a schedule")
    schedule: Literal["constant", "one_cycle", "cosine"] = Field(
        "constant", description="course of the step size; torch.optim.lr_scheduler's"
    )
    epochs: Count = Field(
        50, description="passes over the training sequences; auto: 60, or what 240 steps of the optimiser take"
    )
    loss: Literal["last_frame", "every_frame", "max_over_time"] = Field(
        "last_frame", description="frames that are scored; max_over_time: the largest output of each class"
    )
    logit_scale: float = Field(1.0, gt=0, description="factor of the outputs z in the softmax, Eq (3)")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="part of the target that all classes share")
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = Field(
        "adam", description="torch.optim's; sgd: momentum 0.9"
    )
    batch_size: Count = Field(16, description="sequences a step; auto: 16, 32 or 64 by the number that train")
    bucket_by_length: bool = Field(False, description="whether the sequences of a batch are of like length, or any")
    weight_decay: float = Field(0.0, ge=0, description="the optimiser's")
    clip_norm: float | None = Field(None, gt=0, description="largest gradient norm; null: none")
    ema_decay: float = Field(
        0.0, ge=0, lt=1, description="decay a step of the running mean of the weights that is kept; 0: the last ones"
    )
    normalisation: Literal["zscore", "group", "none"] = Field(
        "zscore", description="by the training sequences' statistics; group: one deviation for a group of features"
    )
    group_scale: dict[Name, Annotated[float, Field(ge=0)]] = Field(
        {}, description="factors of normalised groups of features, by name; 1 where nothing is said"
    )
    clip_inputs: float | None = Field(None, gt=0, description="largest size of a normalised value; null: none")
    frame_stride: Count = Field(
        1, description="every how many frames one is kept; auto: 1, 2 or 4 by the median length"
    )
    differences: list[Annotated[int, Field(ge=1)]] = Field(
        [], description="lags l: x_{t+l} − x_{t−l} stands beside x_t, as a group named difference{l}"
    )
    input_dropout: float = Field(0.0, ge=0, lt=1, description="part of the inputs set to 0, one mask a sequence")
    augmentation: Augmentation | None = Field(
        None, description="of training sequences of joints; features of another kind have none; null: none"
    )
    test_copies: int = Field(
        0, ge=0, description="augmented copies of a test sequence of joints, whose y are averaged with its own"
    )
    initial_scale: float = Field(1.0, gt=0, description="factor of initial weights, which are within ±1/√m")
    forget_bias: float = Field(1.0, description="initial value of b_f; not for torch's own layers")
    layers: int = Field(1, ge=1, description="recurrent layers one above the other")
    bidirectional: bool = Field(
        False, description="whether a second layer reads each sequence from its end; the outputs z are averaged"
    )
    hidden_size: int | None = Field(None, ge=1, description="units of the state; default: the dataset's")
    features: Name | None = Field(None, description="name of a block of `features`; default: the dataset's")

    def sized(self, sequences: int, frames: int) -> "Recipe":
        """The same with numbers for every `auto`.

        Args:
            sequences: that train.
            frames: of the median one.
        """
        batch = generic.batch_size(sequences) if self.batch_size == AUTO else self.batch_size
        stride = generic.frame_stride(frames) if self.frame_stride == AUTO else self.frame_stride
        epochs = generic.epochs(sequences, batch) if self.epochs == AUTO else self.epochs
        return self.model_copy(update={"batch_size": batch, "frame_stride": stride, "epochs": epochs})

"""The blocks `protocols`: who trains and who tests."""

from pydantic import Field, model_validator

from drnn.config.block import Subject, Titled


class Protocol(Titled):
    """Who trains and who tests: two fixed lists of subjects, or random draws from a seed."""

    train_subjects: list[Subject] | int = Field(description="subjects, or how many to draw for each split")
    test_subjects: list[Subject] | None = Field(None, description="subjects; with a draw, all others")
    splits: int = Field(1, ge=1, description="number of random splits")
    seed: int = Field(0, ge=0, description="seed of the random splits")
    leave_out: list[str] = Field([], description="names of sequences left out of the list")

    @model_validator(mode="after")
    def _disjoint_and_not_empty(self):
        if isinstance(self.train_subjects, int):
            if self.test_subjects is not None:
                raise ValueError("test_subjects are all others when train_subjects is a number")
            if self.train_subjects < 1:
                raise ValueError("empty split: train_subjects must draw at least 1 subject")
            return self
        if not self.train_subjects or not self.test_subjects:
            raise ValueError("empty split: train_subjects and test_subjects need at least one subject each")
        if both := sorted(set(self.train_subjects) & set(self.test_subjects)):
            raise ValueError(f"test subject {both[0]} also trains; take it out of one of the two lists")
        if self.splits != 1:
            raise ValueError("fixed lists of subjects make one split")
        return self

    def rule(self) -> dict:
        """What divides the subjects, JSON values. How many splits are drawn changes none of them."""
        return self.model_dump(exclude={"splits"} if isinstance(self.train_subjects, int) else None)

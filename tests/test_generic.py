"""The rules behind `auto`, and the recipe that is made of them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from test_own_data import bodies, curves

from drnn.cli.init import init
from drnn.config import generic
from drnn.config.params import load
from drnn.config.recipe import Recipe

ROOT = Path(__file__).parents[1]
AUTO = Recipe(epochs="auto", batch_size="auto", frame_stride="auto")


@pytest.mark.parametrize(
    ("sequences", "frames", "batch", "stride", "epochs"),
    [(32, 46, 16, 1, 120), (99, 99, 16, 1, 60), (100, 100, 32, 2, 60), (431, 206, 32, 4, 60), (500, 20, 64, 1, 60)],
)
def test_sizes_by_hand(sequences, frames, batch, stride, epochs):
    sized = AUTO.sized(sequences, frames)
    assert (sized.batch_size, sized.frame_stride, sized.epochs) == (batch, stride, epochs)


@given(st.integers(1, 5000), st.integers(2, 2000), st.integers(1, 300))
def test_any_sizes_give_a_recipe_that_can_be_trained_and_numbers_stay_what_they_are(sequences, frames, values):
    sized = AUTO.sized(sequences, frames)
    assert Recipe.model_validate(sized.model_dump()) == sized
    assert sized.epochs * -(-sequences // sized.batch_size) >= generic.FEWEST_STEPS
    assert 32 <= generic.units(values) <= 128
    numbers = Recipe(epochs=7, batch_size=5, frame_stride=3)
    assert numbers.sized(sequences, frames) == numbers


@pytest.mark.parametrize("word", ["most", 0, 1.5])
def test_another_word_or_number_is_refused(word):
    with pytest.raises(ValueError, match="epochs"):
        Recipe(epochs=word)


def test_init_writes_the_recipe_of_breadth_yaml(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ours = load(ROOT / "breadth.yaml").recipes["generic"]
    init(str(curves(tmp_path / "curves")), None)
    init(str(bodies(tmp_path / "bodies", "sbu_15", 15)), None)
    for name, augmentation in (("bodies", ours.augmentation), ("curves", None)):
        block = yaml.safe_load(Path(f"{name}.yaml").read_text(encoding="utf-8"))["recipes"]["generic"]
        assert Recipe(**block) == ours.model_copy(update={"title": None, "augmentation": augmentation})

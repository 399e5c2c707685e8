"""Scores and predictions become metrics, intervals and tests."""

BASELINE = "baseline"
"""In the place of a recipe: the result is of a non-recurrent baseline."""

ENSEMBLE = "_ensemble"
"""At the end of a recipe's name: the result is of the mean of y over all seeds of a model trained by it."""

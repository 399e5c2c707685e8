"""Scores and predictions become metrics, intervals and tests."""

BASELINE = "baseline"
"""In the place of a recipe: the result is of another method than a recurrent layer."""

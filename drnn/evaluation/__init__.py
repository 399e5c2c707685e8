"""Scores and predictions become metrics, intervals and tests."""

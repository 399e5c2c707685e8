"""Training and scoring: sequences, labels and a recipe in, a model and its scores out."""

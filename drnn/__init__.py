"""Differential recurrent neural networks for action recognition, as a layer and as a reproducible benchmark."""

__version__ = "0.1.0"


def __getattr__(name: str):
    """Import the layer on first use: the workflow reads this package without waiting for torch."""
    if name in ("DRNN", "DRNNCell"):
        from drnn import layers

        return getattr(layers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""The recurrent layer of the paper. Knows nothing of datasets, files or training."""

from drnn.layers.cell import DRNNCell
from drnn.layers.layer import DRNN

__all__ = ["DRNN", "DRNNCell"]

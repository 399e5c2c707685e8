"""What the measurements become: the paper's tables and figures, ours beside them."""

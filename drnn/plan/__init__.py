"""Which job makes which file, from what, under which name."""

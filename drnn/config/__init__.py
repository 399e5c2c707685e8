"""params.yaml and searches.yaml: what may be set, read and checked."""

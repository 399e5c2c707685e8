"""The commands that a person or an engine types."""

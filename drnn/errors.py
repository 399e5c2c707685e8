"""The one exception that a user is meant to read: shown without a traceback."""


class UserError(Exception):
    """What went wrong, in words that name the file, the value and the remedy."""

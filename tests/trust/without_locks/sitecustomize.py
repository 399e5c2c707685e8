"""A file system without locks, as some that lie on another machine are: flock fails with the number in NO_LOCKS.

Python imports this file when it starts with PYTHONPATH naming its folder.
"""

import fcntl
import os


def refused(file, operation):
    """`fcntl.flock` as such a file system answers it."""
    number = int(os.environ["NO_LOCKS"])
    raise OSError(number, os.strerror(number))


fcntl.flock = refused

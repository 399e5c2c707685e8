"""`drnn` as a process that ends as a real one does, in a tenth of its time: forked where all is imported already.

No assertion is made here.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["warm"])


class Done(NamedTuple):
    """How a command ended.

    Attributes:
        code: its exit code; the negative of a signal that ended it.
        said: all that it wrote to stdout and stderr.
        seconds: of the processor.
    """

    code: int
    said: str
    seconds: float


def drnn(*words: str | Path, folder: Path, before: Callable[[], object] | None = None) -> Done:
    """Run `drnn` with these words in a folder; ``before`` is called in its process first, and has to have a name."""
    _start()
    with tempfile.TemporaryDirectory() as notes:
        process = CONTEXT.Process(target=_main, args=(list(map(str, words)), folder, Path(notes), before))
        process.start()
        process.join()
        said = Path(notes, "said").read_text(encoding="utf-8", errors="replace")
        used = Path(notes, "seconds").read_text(encoding="ascii")
        return Done(process.exitcode, said, float(used or 0))


@cache
def _start() -> None:
    """Start the process from which all are forked; it finds its modules by PYTHONPATH alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (HERE, HERE.parent, HERE.parents[1]))))
        forkserver.ensure_running()


def _main(words: list[str], folder: Path, notes: Path, before: Callable[[], object] | None) -> None:
    """The process."""
    said, used = (os.open(notes / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for name in ("said", "seconds"))
    for stream in (1, 2):
        os.dup2(said, stream)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    for name in [name for name in os.environ if name.startswith(("DRNN_", "GIT_"))]:
        del os.environ[name]
    os.chdir(folder)
    sys.argv = ["drnn", *words]
    from drnn.__main__ import main

    try:
        if before:
            before()
        main()
    finally:
        sys.stdout.flush()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        os.write(used, str(usage.ru_utime + usage.ru_stime).encode())

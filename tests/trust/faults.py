"""What must never happen, as assertions of their own kinds, which docs/trust.md counts apart.

No assertion of pytest's is made here.
"""

from bench import Bench
from forked import Done

from drnn.plan.jobs import Job


class LostError(AssertionError):
    """A finished file is gone, half, or another than it was."""


class StaleError(AssertionError):
    """A file is not what its name promises."""


class TracebackError(AssertionError):
    """A person is shown a traceback, or told of a defect, where something else is wrong."""


def told(done: Done) -> str:
    """What a command said, which has to be in words for people."""
    if "Traceback" in done.said or "this is a defect" in done.said:
        raise TracebackError(done.said)
    return done.said


def kept(bench: Bench, undisturbed: Bench, but: Job) -> None:
    """Every file but a job's own is as it was, and of its own each is whole or not there."""
    own = bench.files(but)
    for path in undisturbed.all_files():
        there, right = bench.read(path), undisturbed.read(path)
        if there is None and path not in own:
            raise LostError(f"{path}: is gone")
        if there not in (None, right):
            raise LostError(f"{path}: is another, of {len(there)} bytes and not {len(right)}")


def made_again(bench: Bench, undisturbed: Bench, job: Job) -> None:
    """The same command again makes what an undisturbed one makes, to the byte."""
    done = bench.do(job)
    if done.code:
        raise LostError(f"{job.command}: {done.said}")
    for path, right in undisturbed.files(job).items():
        if bench.read(path) != right:
            raise StaleError(f"{path}: is not as an undisturbed run makes it")

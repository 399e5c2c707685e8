"""Interruption: a step that is killed, stopped, or met by a full disk ends, made again, as if it had not been."""

import ctypes
import os
import random
import resource
import shutil
import signal
import struct
import sys
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from faults import kept, made_again, told

from drnn.plan.steps import STEPS

pytestmark = pytest.mark.slow
every_step = pytest.mark.parametrize("step", STEPS)


def dies_after(seconds: float) -> None:
    """End this process, as `kill -9` does, when it has used so much of the processor."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def stopped_after(seconds: float) -> None:
    """Press Ctrl-C when this process has used so much of the processor."""
    signal.signal(signal.SIGPROF, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_PROF, seconds)


def dies_before_rename(number: int) -> None:
    """End this process, as a power cut does, before it gives a file its final name for the so-manieth time."""
    renames = count(1)

    def hook(event, _):
        if event == "os.rename" and next(renames) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def minds_permissions() -> None:
    """Give up what lets root write where it may not: the capability CAP_DAC_OVERRIDE."""
    header = struct.pack("Ii", 0x20080522, 0)  # the form's version, this process
    held = ctypes.create_string_buffer(24)  # twice the words effective, permitted, inheritable
    libc = ctypes.CDLL(None, use_errno=True)
    libc.capget(header, held)
    words = struct.unpack("6I", held)
    left = struct.pack("6I", *(word & ~2 for word in words[:3]), *words[3:])
    if libc.capset(header, left):
        raise OSError(ctypes.get_errno(), "capset")


def short_of_memory(spare: int, seconds: float) -> None:
    """Leave this process so many bytes beyond what it has; end it after seconds, since OpenBLAS asks again for ever."""
    dies_after(seconds)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + spare
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@every_step
def test_killed_at_any_moment_a_step_is_made_again_to_the_byte(undisturbed, bench, step):
    job = bench.of(step)
    seconds = bench.do(job).seconds
    draw = random.Random(step)
    for _ in range(5):
        bench.drop(job)
        killed = bench.do(job, before=partial(dies_after, draw.uniform(0.01, seconds)))
        assert killed.code in (-signal.SIGPROF, 0), killed.said
        kept(bench, undisturbed, job)
        made_again(bench, undisturbed, job)


@every_step
def test_after_a_power_cut_between_a_file_and_its_note_a_step_is_made_again_to_the_byte(undisturbed, bench, step):
    job = bench.of(step)
    last = len(bench.files(job))
    for number in sorted({1, 2, last - 1, last}):
        bench.drop(job)
        cut = bench.do(job, before=partial(dies_before_rename, number))
        assert cut.code == -signal.SIGKILL, cut.said
        assert bench.read(job.note) is None
        kept(bench, undisturbed, job)
        made_again(bench, undisturbed, job)


@every_step
def test_stopped_by_ctrl_c_a_step_says_so_and_is_made_again_to_the_byte(undisturbed, bench, step):
    job = bench.of(step)
    seconds = bench.do(job).seconds
    bench.drop(job)
    stopped = bench.do(job, before=partial(stopped_after, seconds / 2))
    assert stopped.code in (130, 0)
    assert stopped.code == 0 or told(stopped).endswith("stopped; the next run goes on from here\n")
    assert not bench.half_written()
    kept(bench, undisturbed, job)
    made_again(bench, undisturbed, job)


@every_step
def test_a_full_disk_is_told_and_a_step_is_made_again_to_the_byte(undisturbed, bench, step, mounted):
    job = bench.of(step)
    bench.drop(job)
    place = bench.folder / "results"
    held = bench.folder / "held"
    place.rename(held)
    place.mkdir()
    mounted("-t", "tmpfs", "-o", "size=128m", "none", at=place)
    shutil.copytree(held, place, dirs_exist_ok=True)
    with suppress(OSError), (place / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(2**16)):
            pass
    refused = bench.do(job)
    assert refused.code == 1
    assert "error: results/" in told(refused) and "cannot be written (" in refused.said
    assert "No space left on device" in refused.said and "; free space" in refused.said
    assert not any(bench.files(job).values()) and not bench.half_written()
    (place / "filler").unlink()
    made_again(bench, undisturbed, job)


@every_step
def test_a_file_system_that_is_read_alone_is_told_and_nothing_is_lost(undisturbed, bench, step, mounted):
    job = bench.of(step)
    bench.drop(job)
    mounted("--bind", bench.folder, at=bench.folder)
    mounted("-o", "remount,bind,ro", bench.folder, at=bench.folder)
    refused = bench.do(job)
    assert refused.code == 1 and "Read-only file system" in told(refused) and "error: results/" in refused.said
    kept(bench, undisturbed, job)


@pytest.mark.long  # its like, a file system that is read alone, is tried more often
@every_step
def test_a_folder_that_may_not_be_written_is_told_and_nothing_is_lost(undisturbed, bench, step):
    job = bench.of(step)
    bench.drop(job)
    folders = [path for path in (bench.folder / "results").rglob("*") if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    refused = bench.do(job, before=minds_permissions)
    for folder in folders:
        folder.chmod(0o755)
    assert refused.code == 1 and "Permission denied" in told(refused) and "error: results/" in refused.said
    kept(bench, undisturbed, job)
    made_again(bench, undisturbed, job)


@pytest.mark.long  # what a library does then depends on the machine
@every_step
def test_short_of_memory_a_step_says_so_or_dies_and_is_made_again_to_the_byte(undisturbed, bench, step):
    job = bench.of(step)
    seconds = bench.do(job).seconds
    for megabytes in (16, 64):
        bench.drop(job)
        refused = bench.do(job, before=partial(short_of_memory, megabytes * 2**20, 2 * seconds))
        assert refused.code <= 0 or "memory" in told(refused), refused.said
        kept(bench, undisturbed, job)
        made_again(bench, undisturbed, job)

"""Two at once: nothing is made half, lost or mixed where two processes do the same, or code changes meanwhile."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from bench import ROOT
from faults import LostError, StaleError, kept, told
from forked import drnn

from drnn.plan.steps import STEPS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("step", STEPS)
def test_two_processes_that_do_one_job_both_end_well_with_the_same_bytes(undisturbed, bench, step):
    job = bench.of(step)
    bench.drop(job)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: bench.do(job), range(2)))
    for done in both:
        if done.code:
            raise LostError(told(done))
    kept(bench, undisturbed, job)
    for path, right in undisturbed.files(job).items():
        if bench.read(path) != right:
            raise StaleError(path)
    assert not bench.half_written()


def test_a_reader_never_sees_half_of_what_is_written_meanwhile(undisturbed, bench):
    features, training = bench.of("features", dataset="tiny"), bench.of("train", dataset="tiny")
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(bench.do, features) for _ in range(3)]
        bench.drop(training)
        read = pool.submit(bench.do, training)
    assert [one.result().code for one in (*writers, read)] == [0] * 4
    for job in (features, training):
        assert bench.files(job) == undisturbed.files(job)


def test_a_job_of_code_that_was_edited_meanwhile_is_refused_and_writes_nothing(bench, tmp_path):
    package = tmp_path / "drnn"
    subprocess.run(["cp", "-r", str(ROOT / "drnn"), str(package)], check=True)
    with (package / "features/skeleton.py").open("a", encoding="utf-8") as file:
        file.write("\nEDITED = 1\n")
    job = bench.of("features", dataset="tiny")
    bench.drop(job)
    command = [sys.executable, "-m", "drnn", *job.command.split()]
    surroundings = os.environ | {"PYTHONPATH": str(tmp_path)}
    refused = subprocess.run(command, cwd=bench.folder, env=surroundings, capture_output=True, text=True)
    assert refused.returncode == 1 and "drnn/ was edited meanwhile; run again" in refused.stderr
    assert "Traceback" not in refused.stderr and not any(bench.files(job).values())


def test_parameters_that_are_edited_during_a_run_leave_its_jobs_as_they_were_planned(undisturbed, bench):
    job = bench.of("train", dataset="tiny")
    bench.drop(job)
    text = bench.read("params.yaml").replace(b"epochs: 3", b"epochs: 4")
    bench.put("params.yaml", text)
    assert bench.do(job).code == 0
    assert bench.files(job) == undisturbed.files(job)
    said = told(drnn("status", folder=bench.folder))
    assert "recipe.epochs: 3 → 4" in said

"""Damaged files between steps: who reads one names it and what to do, and makes nothing of it."""

import random

import pytest
from faults import kept, told

pytestmark = pytest.mark.slow
READ = [
    ("recordings", "sequences", "tiny"),
    ("recordings", "sketch", None),
    ("recordings", "sequences", "films"),
    ("recordings", "traces", "films"),
    ("sequences", "split", "tiny"),
    ("sequences", "features", "tiny"),
    ("sequences", "baseline", "tiny"),
    ("sequences", "metrics", "tiny"),
    ("sequences", "traces", "tiny"),
    ("sequences", "behaviour", "tiny"),
    ("split", "features", "tiny"),
    ("features", "train", "tiny"),
    ("features", "traces", "tiny"),
    ("features", "behaviour", "tiny"),
    ("train", "metrics", "tiny"),
    ("train", "traces", "tiny"),
    ("train", "behaviour", "tiny"),
    ("train", "search", None),
    ("baseline", "metrics", "tiny"),
    ("sketch", "gram", None),
    ("sketch", "basis", None),
    ("gram", "basis", None),
    ("basis", "project", None),
    ("project", "features", "films"),
    ("features", "metrics", "films"),
    ("metrics", "report", None),
    ("traces", "report", None),
    ("behaviour", "report", None),
]
"""Who makes a file, who reads it, and of which dataset."""


def another(bench, path: str) -> bytes:
    """A whole file of another kind with the same ending, as it may be copied to a wrong place."""
    ending = path.rpartition(".")[2]
    wholes = {"h5": "gram", "json": "metrics", "zip": "recordings", "csv": "metrics", "pt": "recordings"}
    maker = wholes[ending]
    if path in bench.of(maker).outputs.values():
        maker = {"gram": "sketch", "metrics": "split", "recordings": "split"}[maker]
    return bench.read(next(iter(bench.of(maker).outputs.values())))


DAMAGES = {
    "empty": lambda content, other: b"",
    "cut": lambda content, other: content[: len(content) // 2],
    "zeros": lambda content, other: bytes(len(content)),
    "noise": lambda content, other: random.Random(len(content)).randbytes(len(content)),
    "another file": lambda content, other: other,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("maker", "reader", "dataset"), READ)
def test_a_damaged_file_is_named_with_a_remedy_and_nothing_is_made_of_it(
    undisturbed, bench, maker, reader, dataset, damage
):
    job = bench.of(reader, **({"dataset": dataset} if dataset else {}))
    path = next(path for path in job.needs if path in bench.makers and bench.makers[path].step == maker)
    content = bench.read(path)
    bench.put(path, DAMAGES[damage](content, another(bench, path)))
    damaged = bench.read(path)
    bench.drop(job)
    refused = bench.do(job)
    assert f"error: {path}" in told(refused) and refused.code == 1
    assert any(
        remedy in refused.said
        for remedy in ("run again", "run the workflow again", "fetch", "get it again", "make it again")
    )
    assert not any(bench.files(job).values()) and not bench.half_written()
    assert bench.read(path) == damaged
    bench.put(path, content)
    kept(bench, undisturbed, job)

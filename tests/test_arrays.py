"""Arrays between two steps: what is written is read, the same bytes for the same content, and nothing less."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from drnn.arrays import read_arrays, reading, write_arrays, writing
from drnn.errors import UserError
from drnn.evaluation.scores import Scores, save_scores

ROOT = Path(__file__).parent.parent
ARRAYS = {
    "numbers": np.arange(6, dtype=np.float32).reshape(2, 3),
    "halves": np.array([0.5], np.float16),
    "empty": np.empty((4, 0)),
    "names": np.array(["wave ½", "", "a"]),
    "none": np.array([], dtype=str),
}
FACTS = {"made": {"by": [1, 2.5, None, "½"]}, "a": True}


def scores(history=(1.0, 0.5)) -> Scores:
    names, labels = np.array(["a", "b"]), np.array([0, 1])
    return Scores(names, labels, labels, np.array([[0.0, -1], [-1, -2]]), 3, {"chosen": 1}, np.array(history))


def test_what_is_written_is_read(tmp_path):
    write_arrays(tmp_path / "a.h5", ARRAYS, FACTS)
    arrays, facts = read_arrays(tmp_path / "a.h5")
    assert facts == FACTS and arrays.keys() == ARRAYS.keys()
    for name, values in ARRAYS.items():
        assert arrays[name].shape == values.shape and arrays[name].dtype.kind == values.dtype.kind
        np.testing.assert_array_equal(arrays[name], values)
    assert read_arrays(tmp_path / "a.h5", ["names"])[0].keys() == {"names"}


def test_the_same_content_makes_the_same_bytes(tmp_path):
    write_arrays(tmp_path / "a", ARRAYS, {"a": 1, "b": 2})
    write_arrays(tmp_path / "b", ARRAYS, {"b": 2, "a": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_objects_are_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(TypeError):
        write_arrays(tmp_path / "a.h5", {"objects": np.array([{}, []], dtype=object)}, {})
    assert not list(tmp_path.iterdir())


def test_a_file_without_the_arrays_that_are_asked_for_is_refused(tmp_path):
    write_arrays(tmp_path / "a.h5", {"numbers": np.zeros(2)}, {})
    with pytest.raises(UserError, match=r"a\.h5: is not whole .*names.*; delete it and run again"):
        Scores.load(tmp_path / "a.h5", "one")


def test_scores_are_read_as_they_were_saved_and_know_what_is_right(tmp_path):
    for history in ((1.0, 0.5), ()):
        save_scores(tmp_path / "s.h5", {"other": scores(()), "one": scores(history)})
        found = Scores.load(tmp_path / "s.h5", "one")
        for name in ("names", "subjects", "labels", "scores", "history"):
            np.testing.assert_array_equal(getattr(found, name), getattr(scores(history), name))
        assert (found.train_sequences, found.facts) == (3, {"chosen": 1})
    assert found.predicted.tolist() == [0, 0] and found.right.tolist() == [True, False] and found.accuracy == 0.5


def test_scores_cut_short_are_refused_wherever_they_were_cut(tmp_path):
    path = tmp_path / "s.h5"
    save_scores(path, {"one": scores()})
    content = path.read_bytes()
    for size in range(0, len(content), 97):
        path.write_bytes(content[:size])
        with pytest.raises(UserError, match=r"s\.h5: is not whole .* delete it and run again"):
            Scores.load(path, "one")


def test_what_is_written_in_parts_is_read_as_if_it_had_been_whole(tmp_path):
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(11, 3)).astype(np.float32)
    about = {}
    with writing(tmp_path / "parts.h5", about) as writer:
        writer.add("names", np.array(["a", "b"]))
        writer.add_rows("rows", rows.shape, (rows[first : first + 4] for first in range(0, 11, 4)))
        about["count"] = 2
    arrays, attributes = read_arrays(tmp_path / "parts.h5")
    np.testing.assert_array_equal(arrays["rows"], rows)
    assert arrays["names"].tolist() == ["a", "b"] and attributes == {"count": 2}
    with reading(tmp_path / "parts.h5") as opened:
        np.testing.assert_array_equal(opened["rows"][3:6], rows[3:6])


def test_what_fails_while_it_is_written_in_parts_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), writing(tmp_path / "parts.h5", {}) as writer:
        writer.add("rows", np.zeros(3))
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_met_in_parts_too(tmp_path):
    program = (
        "import resource, signal, numpy as np\nfrom drnn.arrays import writing\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))\n"
        f"with writing({str(tmp_path / 'parts.h5')!r}, {{}}) as writer:\n"
        "    writer.add_rows('rows', (1000, 1000), (np.zeros((100, 1000)) for _ in range(10)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert "UserError" in done.stderr and "cannot be written" in done.stderr, done.stderr
    assert not list(tmp_path.iterdir())

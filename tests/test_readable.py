"""A whole file that may not be read is not taken for a damaged one: nobody is told to delete it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from drnn.arrays import write_arrays
from drnn.errors import UserError
from drnn.files import IN_THE_WAY, readable

READERS = {
    "arrays": "from drnn.arrays import read_arrays; read_arrays(path)",
    "state": "from drnn.training.saved import read; read(path)",
    "typed": "from drnn.evaluation.typed import read; from drnn.evaluation.facts import Facts; read(Facts, path)",
    "archive": "from drnn.datasets.archive import open_archive; open_archive(path, str(path))",
    "skeletons": "from drnn.datasets.msr_action3d import read; read(path, 'exclude')",
}
PROGRAM = """
import os, sys
from contextlib import suppress
from pathlib import Path
from drnn.errors import UserError
path = Path(sys.argv[1])
{imports}
with suppress(UserError):
    {reader}  # all that it imports is there then, wherever Python lies
os.setuid(65534)
try:
    {reader}
except UserError as error:
    print(error)
"""


@pytest.fixture
def whole(tmp_path) -> dict[str, Path]:
    """A whole file for each of the readers."""
    write_arrays(tmp_path / "arrays", {"a": np.zeros(2)}, {})
    torch.save({"a": torch.zeros(2)}, tmp_path / "state")
    (tmp_path / "typed").write_text("{}", encoding="utf-8")
    for name in ("archive", "skeletons"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("a", "b")
    return {name: tmp_path / name for name in READERS}


@pytest.mark.skipif(os.geteuid() != 0, reason="run as root, who alone can be another user")
@pytest.mark.parametrize("name", READERS)
def test_a_file_that_may_not_be_read_is_kept_and_the_reason_is_told(whole, name):
    imports, _, reader = READERS[name].rpartition("; ")
    program = PROGRAM.format(imports=imports, reader=reader)
    done = subprocess.run([sys.executable, "-c", program, str(whole[name])], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{whole[name]}: cannot be read (Permission denied); it is kept")
    assert "delete" not in done.stdout and "not whole" not in done.stdout


@pytest.mark.parametrize("number", IN_THE_WAY)
def test_what_is_in_the_way_is_told_by_the_systems_own_words(number):
    with pytest.raises(UserError, match=os.strerror(number)), readable("file"):
        raise OSError(number, "…", "file")


def test_a_file_that_is_not_there_is_left_to_who_reads_it():
    with pytest.raises(FileNotFoundError), readable("file"):
        raise FileNotFoundError(2, "No such file or directory", "file")

"""`snakemake --use-conda`: Snakemake alone plans, and every rule runs in the environment that environment.yml makes."""

import os
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from conda_room import NAMES, conda, host
from engine_room import ALL, ROOT, TINY, Workspace
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
USE_CONDA = ("snakemake", "--cores", "2", "--use-conda")
IMPORT_ALL = """
import importlib.util, pkgutil, drnn
left_out = {"drnn.__main__"}  # which would run
if not importlib.util.find_spec("triton"):  # which torch brings for GPUs
    left_out.add("drnn.layers.frame_triton")
for module in pkgutil.walk_packages(drnn.__path__, "drnn."):
    if module.name not in left_out:
        importlib.import_module(module.name)
"""


class Hosted(Workspace):
    """A workspace whose surroundings are a host with Snakemake alone and a conda."""

    def __init__(self, folder: Path):
        programs = [str(host(folder / "host")), str(conda(folder / "conda", PROJECT["dependencies"]))]
        self.path, self.witness = os.pathsep.join([*programs, os.environ["PATH"]]), folder / "witness"
        super().__init__(folder / "project", {"params.yaml": yaml.safe_dump(TINY, sort_keys=False)})

    def run(self, *words, **environment):
        return super().run(*words, **{"PATH": self.path, "WITNESS": str(self.witness), **environment})

    @property
    def environments(self) -> list[Path]:
        """The environments that Snakemake made."""
        return [path for path in (self.folder / ".snakemake/conda").glob("*") if path.is_dir()]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace in which `snakemake --use-conda` made everything; `first` says what ran."""
    pytest.importorskip("rattler", reason="no rattler: pip install -c constraints.txt -e '.[workflow,test]'")
    workspace = Hosted(tmp_path_factory.mktemp("conda"))
    workspace.fresh = workspace.planned()
    workspace.first = workspace.executed(*USE_CONDA)
    workspace.witnessed = set(workspace.witness.read_text().splitlines())
    return workspace


def test_environment_yml_lists_what_pyproject_toml_requires():
    required = {"python": SpecifierSet(PROJECT["requires-python"])}
    for requirement in map(Requirement, PROJECT["dependencies"]):
        required[NAMES.get(requirement.name, requirement.name)] = requirement.specifier
    listed = dict(line.split(" ", 1) for line in ENVIRONMENT)
    assert {name: SpecifierSet(versions) for name, versions in listed.items()} == required


@pytest.mark.slow
def test_snakemake_alone_plans_every_job_without_what_the_rules_need(made):
    for name in ("drnn", "torch", "numpy", "scipy", "h5py", "av", "typer"):
        assert made.run("python", "-I", "-c", f"import {name}").returncode, name
    assert made.fresh["train"] == 2 and made.fresh.total() == ALL.total() + 1


@pytest.mark.slow
def test_every_rule_runs_in_the_environment_of_environment_yml(made):
    [environment] = made.environments
    assert made.first == ALL
    assert made.witnessed == {f"{environment} ['{step}']" for step in ALL}


@pytest.mark.slow
def test_all_of_drnn_can_be_imported_in_the_environment(made):
    [environment] = made.environments
    made.check(str(environment / "bin/python"), "-c", IMPORT_ALL)


@pytest.mark.slow
def test_a_second_run_does_nothing(made):
    before = made.environments
    assert made.executed(*USE_CONDA) == Counter()
    assert made.environments == before


@pytest.mark.slow
def test_a_pin_that_no_package_satisfies_is_named_and_nothing_runs(made):
    made.edit("environment.yml", "numpy >=", "numpy >=99.")
    made.set(lambda params: params["recipes"]["quick"].update(epochs=3))
    before = made.log.read_text(), made.environments
    done = made.run(*USE_CONDA)
    made.reset()
    assert done.returncode == 1 and "numpy >=99." in done.stderr
    assert (made.log.read_text(), made.environments) == before

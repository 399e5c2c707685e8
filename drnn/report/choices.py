"""The list of discrepancies and choices: where the paper is silent or contradicts itself, and what is done here."""

from pathlib import Path

import jinja2
import yaml

from drnn.report.blocks import Section, Table, markdown
from drnn.report.measured import RECIPE

INTRODUCTION = (
    "What the paper leaves open or contradicts, and what this project does about it. Marks: given: the paper says "
    "so; inferred: computed or deduced from what it says; secondary: from other publications; choice: ours, "
    "because the paper is silent."
)


def discrepancies(params: dict) -> str:
    """The list as Markdown.

    Args:
        params: the experiment, as in params.yaml; what is done here is filled in from it.
    """
    return markdown("Discrepancies and choices", INTRODUCTION, [section(params)])


def section(params: dict) -> Section:
    """The list as a table."""
    rows = [[c["topic"], c["paper"], c["mark"], c["here"], c["parameter"] or "—"] for c in choices(params)]
    table = Table("Every one, in the order of the paper", ["Topic", "The paper", "Mark", "Here", "Parameter"], rows)
    return Section("Where the paper is silent or contradicts itself", tables=[table])


def choices(params: dict) -> list[dict]:
    """The entries of choices.yaml, `here` filled in with the values of an experiment.

    Raises:
        jinja2.UndefinedError: an entry names a value that no experiment has.
    """
    entries = yaml.safe_load(Path(__file__).with_name("choices.yaml").read_text(encoding="utf-8"))
    # Plain text: whoever shows it escapes it, the page by Jinja's autoescape, Markdown in blocks.py.
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    context = _context(params)
    return [entry | {"here": environment.from_string(entry["here"]).render(context)} for entry in entries]


def _context(params: dict) -> dict:
    """Short names for what the entries speak of: the paper's skeletons, or what a demo has in their place."""
    datasets, recipes = params["datasets"], params["recipes"]
    name = next((n for n in ("msr_action3d", *params["run"]) if n in datasets), None)
    dataset = datasets[name]
    recipe = RECIPE if RECIPE in recipes else dataset["recipes"][0]
    return {
        "params": params,
        "run": params["run"],
        "seeds": params["seeds"],
        "dataset": dataset,
        "features": params["features"][dataset["features"]],
        "recipe": recipes[recipe],
        "protocol_names": dataset["protocols"],
    }

"""The list of discrepancies and choices: where the paper is silent or contradicts itself, and what is done here."""

from pathlib import Path

import jinja2
import yaml

from drnn.evaluation.facts import ModelFacts
from drnn.report import display
from drnn.report.blocks import Section, Table, markdown
from drnn.report.measured import RECIPE
from drnn.report.sentences import Sentences

LISTS = ("choices.yaml", "choices_kth.yaml")
SAY = Sentences("templates/choices.j2")


def introduction() -> str:
    """What stands above the list."""
    return SAY.introduction()


def discrepancies(params: dict) -> str:
    """The list as Markdown.

    Args:
        params: the experiment, as in params.yaml; what is done here is filled in from it.
    """
    return markdown(SAY.title(), introduction(), [section(params)])


def section(params: dict) -> Section:
    """The list as a table."""
    rows = [[c["topic"], c["paper"], c["mark"], c["here"], c["parameter"] or "—"] for c in choices(params)]
    table = Table(SAY.table_title(), ["Topic", "The paper", "Mark", "Here", "Parameter"], rows)
    return Section(SAY.section_title(), tables=[table])


def choices(params: dict) -> list[dict]:
    """The entries of the lists, `here` and `parameter` filled in with the values of an experiment.

    An entry that `needs` skeletons, kth or the recipe tuned is left out where the experiment has none; its parameter
    is None where the experiment lacks it.

    Raises:
        jinja2.UndefinedError: an entry names a value that no experiment has.
    """
    texts = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in LISTS)
    entries = [entry for text in texts for entry in yaml.safe_load(text)]
    # Plain text: whoever shows it escapes it, the page by Jinja's autoescape, Markdown in blocks.py.
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    environment.filters |= {"dataset": display.dataset, "protocol": display.protocol, "recipe": display.recipe}
    context = _context(params)

    def filled(text: str | None) -> str:
        return environment.from_string(text or "").render(context)

    needed = [entry for entry in entries if "needs" not in entry or context[entry["needs"]]]
    named = ((entry, filled(entry["parameter"])) for entry in needed)
    return [e | {"here": filled(e["here"]), "parameter": name if _has(params, name) else None} for e, name in named]


def _has(params: dict, name: str) -> bool:
    """Has an experiment the parameter of this name, parts of it apart by dots?"""
    for part in name.split("."):
        if not isinstance(params, dict) or part not in params:
            return False
        params = params[part]
    return True


def _context(params: dict) -> dict:
    """Short names for what the entries speak of: the paper's datasets, or what a demo has in their place."""
    skeletons, kth = _dataset(params, "skeleton", "msr_action3d"), _dataset(params, "hog3d", "kth1", of="kth")
    recipes = params["recipes"]
    recipe = RECIPE if RECIPE in recipes else params["datasets"][params["run"][0]]["recipes"][0]
    return {
        "params": params,
        "run": params["run"],
        "truncations": _truncations(params),
        "states": _states(params),
        "recipe": recipes[recipe],
        "tuned": _used(params, "recipes").get("tuned"),
        "skeletons": skeletons,
        "kth": kth and kth | _of_kth(params, kth["dataset"], skeletons and skeletons["dataset"]),
    }


def _used(params: dict, part: str) -> dict[str, dict]:
    """The blocks of `models` or `recipes` that a dataset of the run trains with."""
    datasets = [params["datasets"][name] for name in params["run"]]
    blocks = [block for dataset in datasets for block in (dataset, *dataset.get("extra_runs", []))]
    names = {name for block in blocks for name in block[part] or []}
    return {name: block for name, block in params[part].items() if name in names}


def _dataset(params: dict, kind: str, preferred: str, of: str = "") -> dict | None:
    """A dataset with features of a kind, and these: of those that run the preferred or the first, else any; or None.

    The name of its source ends in ``of``.
    """
    datasets, features = params["datasets"], params["features"]
    for name in (*sorted(params["run"], key=lambda name: name != preferred), preferred, *datasets):
        if name not in datasets or not datasets[name]["source"].endswith(of):
            continue
        if features[block := datasets[name]["features"]]["kind"] == kind:
            found = {"name": name, "dataset": datasets[name], "block": block, "features": features[block]}
            return found | {"seeds": datasets[name].get("seeds") or params["seeds"]}
    return None


def _of_kth(params: dict, dataset: dict, skeletons: dict | None) -> dict:
    """What else the entries about KTH need: what ran, who draws the splits, and whether its recipes are its own."""
    ran = {name: params["datasets"][name] for name in params["run"] if params["datasets"][name]["source"] == "kth"}
    drawn = [name for name in dataset["protocols"] if isinstance(params["protocols"][name].get("train_subjects"), int)]
    return {
        "ran": [name for name, block in ran.items() if not block["sample"]],
        "sampled": [name for name, block in ran.items() if block["sample"]],
        "drawn": params["protocols"][drawn[0]] | {"name": drawn[0]} if drawn else None,
        "own_recipes": skeletons is not None and dataset["recipes"] != skeletons["recipes"],
    }


def _states(params: dict) -> dict[int, list[str]]:
    """The sizes of the state in a run, each with the datasets that have it."""
    sizes: dict[int, list[str]] = {}
    for name in params["run"]:
        sizes.setdefault(params["datasets"][name]["hidden_size"], []).append(name)
    return sizes


def _truncations(params: dict) -> dict[str, list[str]]:
    """How gradients are truncated in a run, each with the display names of the models of the paper's layer."""
    found: dict[str, list[str]] = {}
    for block in _used(params, "models").values():
        if block["layer"] == "drnn":
            plain = ModelFacts(order=block["order"])
            found.setdefault(block["truncation"], []).append(display.model(plain))
    return {truncation: list(dict.fromkeys(titles)) for truncation, titles in found.items()}

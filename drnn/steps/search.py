"""All trainings of a search become its table, and the configuration that it chooses."""

from drnn.evaluation.scores import Scores
from drnn.evaluation.selection import SearchFacts, SearchRun, summarise
from drnn.files import write_text
from drnn.machine import Machine
from drnn.report.search import page


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Count what each run named by ``params["runs"]`` got right.

    The last of a run's names is its key, under which its scores are in the file of the same place.
    """
    named = zip(params["runs"], inputs["trainings"], strict=True)
    saved = [Scores.load(path, key) for (*_, key), path in named]
    runs = [_counted(names, one) for names, one in zip(params["runs"], saved, strict=True)]
    facts = params["facts"] | {
        "devices": sorted({one.facts["device"] for one in saved}),
        "parameters": {
            f"{run.configuration}, {run.model}": one.facts["parameters"] for run, one in zip(runs, saved, strict=True)
        },
    }
    found = summarise(SearchFacts.model_validate(facts), runs)
    write_text(outputs["search"], found.to_json())
    write_text(outputs["page"], page(found))
    return f"{len(runs)} trainings; {found.chosen} is chosen"


def _counted(names: list, saved: Scores) -> SearchRun:
    named = dict(zip(("configuration", "model", "seed", "subject"), names[:-1], strict=True))
    return SearchRun(**named, sequences=len(saved.labels), right=int(saved.right.sum()))

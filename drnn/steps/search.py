"""All trainings of a search become its table, and the configuration that it chooses."""

import json

from drnn.evaluation.scores import Scores
from drnn.evaluation.selection import summarise
from drnn.files import write_text
from drnn.report.search import page


def run(params: dict, inputs: dict, outputs: dict, machine) -> str:
    """Count what each run named by ``params["runs"]`` got right; its scores are the input at the same place."""
    saved = [Scores.load(path) for path in inputs["scores"]]
    columns = ("configuration", "model", "seed", "subject")
    runs = [
        dict(zip(columns, names, strict=True)) | {"sequences": len(one.labels), "right": int(one.right.sum())}
        for names, one in zip(params["runs"], saved, strict=True)
    ]
    facts = params["facts"] | {
        "devices": sorted({one.facts["device"] for one in saved}),
        "parameters": {
            f"{names[0]}, {names[1]}": one.facts["parameters"] for names, one in zip(params["runs"], saved, strict=True)
        },
    }
    found = {"facts": facts, "runs": runs} | summarise(runs, list(facts["configurations"]))
    write_text(outputs["search"], json.dumps(found, indent=1) + "\n")
    write_text(outputs["page"], page(found))
    return f"{len(runs)} trainings; {found['chosen']} is chosen"

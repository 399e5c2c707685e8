"""What the tests of the evaluation share: the facts of a made-up dataset, and metrics as they stand in their file."""

import json

from drnn.evaluation.facts import Facts
from drnn.evaluation.metrics import summarise
from drnn.evaluation.results import to_json

FACTS = {
    "dataset": "toy",
    "synthetic": False,
    "hidden_size": 4,
    "protocols": ["p"],
    "recipes": ["paper"],
    "source": "toy",
    "models": {},
    "settings": {"paper": {}},
    "baselines": {},
    "classes": ["a", "b"],
    "feature_size": 3,
    "sequences": {},
    "curves": [],
}


def facts_of(**changes) -> Facts:
    """Facts with some fields changed."""
    return Facts.model_validate(FACTS | changes)


def summarised(runs, facts: Facts) -> dict:
    """The metrics of runs as their file holds them."""
    return json.loads(to_json(summarise(runs, facts)))

"""What others published on a dataset, to stand beside what was measured here: published.yaml as a table."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from drnn.evaluation.facts import Facts
from drnn.report.blocks import Table, percent
from drnn.report.display import Names
from drnn.report.sentences import Sentences

SAY = Sentences("templates/tables.j2")


class Published(BaseModel):
    """An accuracy in % that others published.

    Attributes:
        by: who, where and when.
        protocol: name of ours, where theirs is the same; None: theirs may divide the sequences otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    accuracy: float
    by: str
    protocol: str | None


@cache
def published() -> dict[str, list[Published]]:
    """Source of recordings → what others published on them."""
    text = Path(__file__).with_name("published.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, list[Published]]).validate_python(yaml.safe_load(text))


def table(facts: Facts) -> Table | None:
    """A row for each number of others; None where there is none, or the data here are not the whole set."""
    found = published().get(facts.source, []) if facts.is_whole else []
    rows = [[one.method, percent(one.accuracy), one.by, _protocol(one, facts)] for one in found]
    columns = ["Method", "Accuracy %", "Published by", "Protocol"]
    return Table(SAY.published(facts), columns, rows, [SAY.published_note()]) if rows else None


def _protocol(one: Published, facts: Facts) -> str:
    return SAY.other_protocol() if one.protocol is None else Names(facts).protocol(one.protocol)

"""What the figures of a dataset are drawn from: its metrics, and the tables in data/, which a record holds too."""

import csv
import io
from typing import NamedTuple

import numpy as np

from drnn.evaluation.results import Metrics
from drnn.report.behaviour import Correlation


class Source(NamedTuple):
    """A dataset's metrics, and the text of its tables by kind, as `drnn.report.data` writes them."""

    ran: Metrics
    tables: dict[str, str]


class Norms(NamedTuple):
    """‖dⁿs_t‖₂ over a test sequence of T frames: ``values`` (T, N); without any, of a model of order 0, no name."""

    sequence: str
    model: str
    values: np.ndarray


class Against(NamedTuple):
    """Energies and gates against motion, as `drnn.report.behaviour` computes them: by series, means and quartiles."""

    over_time: dict[str, np.ndarray]
    by_motion: dict[str, np.ndarray]
    correlations: dict[str, Correlation]


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a table by their columns' names."""
    return list(csv.DictReader(io.StringIO(text)))


def norms(of: Source) -> Norms:
    """The table `dos` as values."""
    found = rows(of.tables["dos"])
    if not found:
        return Norms("", "", np.zeros((0, 1)))
    orders = sorted({int(row["derivative"]) for row in found})
    values = [[float(row["norm"]) for row in found if int(row["derivative"]) == n] for n in orders]
    return Norms(found[0]["sequence"], found[0]["model"], np.array(values).T)


def against(of: Source) -> Against:
    """The table `behaviour` as values; `sequences` of a correlation are not in it."""
    over: dict[str, dict[str, list]] = {"time": {}, "motion": {}, "frames": {}, "sequences": {}}
    for row in rows(of.tables["behaviour"]):
        numbers = [float(row[name]) for name in ("value", "low", "high") if row[name]]
        over[row["over"]].setdefault(row["series"], []).append(numbers)
    correlations = {
        name: Correlation(frames[0] if frames else None, np.array(within) if within else None, 0)
        for name, (frames,) in over["frames"].items()
        for within in over["sequences"][name]
    }
    return Against(
        {name: np.array(values).T for name, values in over["time"].items()},
        {name: np.ravel(values) for name, values in over["motion"].items()},
        correlations,
    )

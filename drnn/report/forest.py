"""The verdict as a figure: differences to order 0 with their intervals, beside the accuracies behind them."""

from dataclasses import dataclass
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drnn.evaluation.across import across
from drnn.evaluation.resampling import Interval
from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.report import measured, style
from drnn.report.display import Names
from drnn.report.paper import paper

WIDTHS = {"column": 3.3, "page": 6.9}
"""Inches of a figure in a paper of two columns."""
ROW, FRAME = 0.42, 1.25  # inches
LETTERS = 8  # points


class Mark(NamedTuple):
    """A number of a model with its interval, and the paper's."""

    name: str
    order: int
    value: Interval
    paper: float | None = None


@dataclass(frozen=True)
class Row:
    """A dataset with a recipe, or all datasets; differences to order 0 in points, and accuracies in %."""

    label: str
    differences: list[Mark]
    accuracies: list[Mark]


def verdict(metrics: list[Metrics], width: str = "page") -> Figure:
    """A row for each dataset and recipe under its first protocol, and one for all datasets together.

    Args:
        metrics: of the datasets.
        width: one of `WIDTHS`; a column has the differences alone.
    """
    synthetic = measured.all_synthetic(metrics)
    rows = [row for ran in metrics if synthetic or not ran.facts.synthetic for row in _rows(ran)] + _over_all(metrics)
    with style.look(size=LETTERS):
        figure = Figure(figsize=(WIDTHS[width], FRAME + ROW * max(len(rows), 1)), layout="constrained")
        panels = figure.subplots(1, 2 if width == "page" else 1, sharey=True, squeeze=False)[0]
        _frame(panels[0], rows, "difference to order 0, points")
        panels[0].axvspan(-MARGIN, MARGIN, color=style.GREY, alpha=0.15, linewidth=0, label=f"± {MARGIN:g} point")
        panels[0].axvline(0, color="black", linewidth=0.8)
        _draw(panels[0], [row.differences for row in rows])
        if width == "page":
            _frame(panels[1], rows, "accuracy, %")
            _draw(panels[1], [row.accuracies for row in rows])
        handles: dict = {}
        for panel in panels:
            handles |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=3 if width == "page" else 2)
    return figure


def svg(metrics: list[Metrics]) -> str:
    """The figure for the report."""
    with style.look(size=LETTERS):
        return style.svg(verdict(metrics), measured.all_synthetic(metrics))


def saved(metrics: list[Metrics], width: str, form: str) -> bytes:
    """The figure as a file: svg, pdf or png."""
    with style.look(size=LETTERS):
        return style.saved(verdict(metrics, width), form, measured.all_synthetic(metrics))


def _rows(ran: Metrics) -> list[Row]:
    """Of a dataset, a row for each recipe; ensembles have none."""
    facts, names = ran.facts, Names(ran.facts)
    protocol = facts.protocols[0]
    stated = {row.model: row.accuracy for row in paper().own_rows(facts.dataset)} if measured.admitted([ran]) else {}
    found = []
    for recipe in dict.fromkeys(r.recipe for r in ran.under_protocol(protocol) if not (r.is_ensemble or r.is_baseline)):
        differences = [
            Mark(
                names.model(one.better),
                facts.models[one.better].order,
                Interval(one.difference, *one.interval),
                stated[one.better] - stated[one.baseline] if {one.better, one.baseline} <= stated.keys() else None,
            )
            for one in ran.comparisons
            if one.place == (protocol, recipe) and _is_claim(ran, one.better, one.baseline)
        ]
        accuracies = [
            Mark(names.model(r.model), facts.models[r.model].order, Interval(r.mean, *r.interval), stated.get(r.model))
            for r in ran.under(protocol, recipe)
            if r.model in facts.claimed
        ]
        if accuracies:
            found.append(Row(f"{names.titled}\n{names.recipe(recipe)}", differences, accuracies))
    return found


def _is_claim(ran: Metrics, better: str, baseline: str) -> bool:
    """Is this a comparison of a model of the claims with that of order 0?"""
    facts = ran.facts
    return {better, baseline} <= set(facts.claimed) and facts.models[baseline].order == 0


def _over_all(metrics: list[Metrics]) -> list[Row]:
    """A row for each recipe that several datasets have."""
    first = {ran.facts.dataset: ran for ran in reversed(metrics)}
    rows: dict[str, Row] = {}
    for one in across(metrics):
        ran = first[next(iter(one.found))]
        if _is_claim(ran, one.better, one.baseline):
            names = Names(ran.facts)
            row = rows.setdefault(one.recipe, Row(f"all {len(one.found)} datasets\n{names.recipe(one.recipe)}", [], []))
            order = ran.facts.models[one.better].order
            row.differences.append(Mark(names.model(one.better), order, one.belief.difference))
    return list(rows.values())


def _frame(panel: Axes, rows: list[Row], label: str) -> None:
    """The axis of the rows, from the top."""
    panel.set(xlabel=label, yticks=range(len(rows)), ylim=(len(rows) - 0.4, -0.6))
    panel.set_yticklabels([row.label for row in rows], parse_math=False)
    panel.tick_params(axis="y", length=0)
    panel.grid(False, axis="y")


def _draw(panel: Axes, rows: list[list[Mark]]) -> None:
    """Dots with intervals, one below the other in a row; the paper's numbers as ticks."""
    for y, marks in enumerate(rows):
        for place, mark in enumerate(marks):
            at = y + 0.22 * (place - (len(marks) - 1) / 2)
            colour = style.COLOURS[mark.order % len(style.COLOURS)]
            shape = "osD^v"[mark.order % 5]
            panel.plot(mark.value[1:], [at, at], color=colour, linewidth=1.6)
            label = None if mark.name in panel.get_legend_handles_labels()[1] else mark.name
            panel.plot(mark.value.estimate, at, shape, color=colour, markersize=4.5, label=label)
            if mark.paper is not None:
                said = "the paper's number" not in panel.get_legend_handles_labels()[1]
                label = "the paper's number" if said else None
                panel.plot(mark.paper, at, "|", color=colour, markersize=9, markeredgewidth=2, label=label)

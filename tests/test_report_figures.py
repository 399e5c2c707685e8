"""Figures and page of the report on KTH: frames of videos, labels of samples, captions."""

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from report_room import (
    SAMPLE,
    fake_behaviour,
    fake_kth,
    fake_metrics,
    fake_trace,
    fake_video,
    row,
    said,
    source,
    typed,
)
from tuned_room import fake_tuned

from drnn.config import params
from drnn.errors import UserError
from drnn.evaluation.pairs import interval_of
from drnn.evaluation.predictions import Run, units
from drnn.report import behaviour, claims, data
from drnn.report.build import build
from drnn.report.figures import behaviour as against
from drnn.report.figures import confusion, drawings, gains, loss, norms, style
from drnn.report.figures.source import against as read_against
from drnn.report.figures.source import rows

ROOT = Path(__file__).parents[1]
OF_SEQUENCES = ("names", "subjects", "labels", "predicted")


@pytest.fixture(scope="module")
def report():
    """The report on MSR Action3D, on KTH-1 and on a sample of it."""
    metrics = [fake_metrics(), fake_kth("kth1"), fake_kth("kth1_sample", sample=SAMPLE)]
    traces = {"msr_action3d": fake_trace(), "kth1": fake_video(), "kth1_sample": fake_video()}
    behaviours = {"msr_action3d": fake_behaviour(), "kth1": fake_behaviour(motion="features")}
    behaviours["kth1_sample"] = fake_behaviour(motion="features")
    return build(metrics, traces, behaviours, params.load(ROOT / "params.yaml").model_dump(mode="json"))


def test_captions_name_the_papers_figures_for_its_own_data_and_likeness_for_other(report):
    captions = re.findall(r"<figcaption[^>]*>(.*?)\s*<span", report["report.html"], re.DOTALL)
    numbered = [caption.split(":")[0] for caption in captions]
    assert sorted(n for n in numbered if n.startswith("Figure")) == [f"Figure {n}" for n in range(1, 6)]
    assert {n for n in numbered if not n.startswith(("Figure", "Like"))} == {"In addition to the paper&#39;s figures"}
    traced = (
        "norms of the derivatives of states over one test sequence of KTH-1: boxing, person02_boxing_d1, dRNN, order 2."
    )
    assert f"Figure 3: {traced}" in captions
    assert "Figure 4: confusion matrix on KTH-1; a row is the true action." in captions
    assert "Figure 5: confusion matrix on MSR Action3D; a row is the true action." in captions
    (like,) = (c for c in captions if c.startswith(f"Like Figure 2: training loss on kth1 sample ({SAMPLE}), "))
    assert like.endswith("The paper shows KTH.")


def test_the_table_of_figures_names_kths_and_without_it_what_stands_instead(report):
    assert row(report["paper_tables.md"], "Figure 3")[2] == "figures/kth1_dos.svg"
    metrics = [fake_kth("kth1_sample", sample=SAMPLE)]
    here = {cells[0]: cells[2] for cells in claims.figures(metrics).rows}
    only = "not run (KTH only as a sample: kth1 sample); instead: "
    assert here["Figure 3"] == f"{only}figures/kth1_sample_dos.svg ({SAMPLE})"


def images(svg):
    """The pictures in an SVG, (H, W, 4) each."""
    found = re.findall(r'href="data:image/png;base64,([^"]*)"', svg)
    return [imread(io.BytesIO(base64.b64decode(one)), format="png") for one in found]


def test_figure_3_shows_the_frames_at_the_peaks_pixel_for_pixel():
    trace = fake_video()
    shown = images(style.svg(norms.norms(source(fake_kth(), trace), trace=trace)))
    frames = drawings.peaks(trace.dos[:, 0], norms.DRAWINGS["page"])
    assert len(frames) > 3 and sorted(round(255 * picture[0, 0, 0]) for picture in shown) == frames
    assert all(picture.shape[:2] == (120, 160) and np.ptp(picture[..., :3]) == 0 for picture in shown)


def test_figure_3_of_synthetic_videos_is_stamped():
    trace = fake_video()
    svg = style.svg(norms.norms(source(fake_kth(synthetic=True), trace), trace=trace), synthetic=True)
    assert "SYNTHETIC" in said(svg)


def test_figure_3_without_drawings_holds_no_picture(report):
    assert not images(report["figures/kth1_dos.svg"]) and images(report["figures/kth1_dos_drawn.svg"])


def test_the_page_with_pictures_is_self_contained(report):
    page = report["report.html"]
    offered = re.findall(r'href="([^"]*)" download', page)
    assert offered and set(offered) <= report.keys()
    links = [link for link in re.findall(r'(?:href|src)="([^"]*)"', page) if link not in offered]
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) and {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert len(images(page)) > len(images(report["figures/kth1_dos_drawn.svg"])) > 3


@pytest.mark.parametrize("kind", ["loss", "dos", "dos_drawn", "confusion", "gains", "behaviour"])
def test_every_figure_of_a_sample_carries_its_label(report, kind):
    texts, others = (said(report[f"figures/{name}_{kind}.svg"]) for name in ("kth1_sample", "kth1"))
    assert f"({SAMPLE})" in texts and "sample" not in others


def test_the_loss_is_one_plot_that_says_of_how_many_runs_it_is(report):
    text = said(report["figures/kth1_loss.svg"])
    assert "random splits, 16 training and 9 test subjects: mean and range of 5 runs" in text
    assert "chance 1.79" in text and "floor of the loss as written 0.52" in text
    assert "training sequences" not in text


def test_beside_the_loss_stand_test_accuracies_and_where_known_training_accuracies():
    known = fake_kth().values()
    for curve in known["facts"]["curves"]:
        curve["train_accuracies"] = [95.0, 99.0]
    for ran, hollow in ((fake_kth(), 0), (typed(known), 3)):
        figure = loss.loss(source(ran))
        losses, accuracies = figure.axes
        assert len([line for line in losses.lines if line.get_marker() in style.MARKS]) == 3
        dots = [line for line in accuracies.lines if line.get_marker() in style.MARKS]
        means = [float(line.get_ydata()[0]) for line in dots if line.get_markerfacecolor() != style.PAPER]
        assert means == [81.25, 83.5, 82.0] and len(dots) - len(means) == hollow
        assert ("training sequences" in said(style.svg(figure))) == bool(hollow)


def test_two_recipes_differ_in_grey_print_too():
    losses, _ = loss.loss(source(fake_tuned_curves())).axes
    looks = {(line.get_linestyle(), line.get_marker()) for line in losses.lines if line.get_marker() in style.MARKS}
    assert len(looks) == 6


def fake_tuned_curves():
    ran = fake_tuned().values()
    facts = ran["facts"]
    facts["recipes"], facts["curves"] = (
        ["paper", "tuned"],
        [curve | {"recipe": recipe} for recipe in ("paper", "tuned") for curve in facts["curves"]],
    )
    return typed(ran)


@pytest.mark.parametrize("width", style.WIDTHS)
def test_the_tuned_matrix_stands_beside_the_one_as_written(width):
    figure = confusion.confusion(source(fake_tuned_curves()), width)
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert [title.split(":")[0] for title in titles] == ["as written", "tuned"]
    # Of twenty classes a column has no room for numbers, and shades have a legend instead.
    assert bool(figure.axes[0].texts) == (width == "page") and bool(figure.legends) == (width == "column")


def test_gains_name_every_class_and_both_orders(report):
    text = said(report["figures/kth1_gains.svg"])
    assert all(name in text for name in ("handclapping", "walking", "dRNN, order 2", "dRNN, order 1"))
    assert "over LSTM" in text and "random splits, 16 training" in text


def drawn_gains(ran):
    return said(style.svg(gains.gains(source(typed(ran)))))


def test_gains_say_what_is_missing():
    ran = fake_kth().values()
    ran["facts"]["models"] = {"lstm": {"order": 0}}
    assert "Nothing to compare" in drawn_gains(ran)
    ran = fake_kth().values()
    for result in ran["results"]:
        result["confusion"][0] = [0.0] * 6
    assert "not tested: boxing" in drawn_gains(ran)
    for result in ran["results"]:
        result["confusion"] = [[0.0] * 6] * 6
    assert "not tested: boxing, handclapping" in drawn_gains(ran)


def runs_of(counts, seeds=3):
    """Runs of three models on a split that tests so many sequences of each class of KTH; order 2 errs least."""
    labels = tuple(c for c, count in enumerate(counts) for _ in range(count))
    names, subjects = tuple(f"s{n}" for n in range(len(labels))), tuple(n % 6 for n in range(len(labels)))
    said = {
        model: tuple(0 if n % (3 + 2 * order) == 0 else label for n, label in enumerate(labels))
        for order, model in enumerate(("lstm", "drnn1", "drnn2"))
    }
    return [
        Run("random_16_9", "paper", model, 0, seed, "k", names, subjects, labels, said[model])
        for model in said
        for seed in range(seeds)
    ]


def test_gains_have_intervals_and_leave_out_classes_of_few_sequences_and_say_so():
    ran, runs = fake_kth(), runs_of([12, 4, 5, 20, 30, 6])
    figure = gains.gains(source(ran, runs=runs))
    assert "left out, of fewer than 5 test sequences: handclapping" in said(style.svg(figure))
    (panel,) = figure.axes
    shown = [label.get_text() for label in panel.get_yticklabels()]
    assert "handclapping" not in shown and len(shown) == 5
    assert [len(lines.get_segments()) for lines in panel.collections] == [5, 5]
    table = rows(data.class_gains(ran, runs))
    assert {row["class"]: int(row["tested"]) for row in table} == dict(
        zip(ran.facts.classes, [12, 4, 5, 20, 30, 6], strict=True)
    )


def test_the_interval_of_a_gain_is_that_of_its_sequences_alone():
    ran, runs = fake_kth(), runs_of([0, 0, 0, 20, 30, 6])
    table = {(row["class"], row["model"]): row for row in rows(data.class_gains(ran, runs))}
    alone = [replace(run, **{name: getattr(run, name)[:20] for name in OF_SEQUENCES}) for run in runs]
    ours, theirs = ([run for run in alone if run.model == model] for model in ("drnn2", "lstm"))
    _, interval = interval_of(units(ours, [0]), units(theirs, [0]).right)
    found = table["jogging", "drnn2"]
    assert (float(found["low"]), float(found["high"])) == pytest.approx((interval.low, interval.high), abs=1e-6)


@pytest.mark.parametrize(
    ("followed", "told"),
    [
        (fake_behaviour(), "motion"),
        (fake_behaviour(order=0), "order 0 has no"),
        (fake_behaviour(lengths=(1, 1)), "no sequence has"),
        (fake_behaviour(lengths=(2,), order=0), "part of the frames"),
        (fake_behaviour(order=4, motion="features"), "order 4"),
    ],
)
def test_energies_and_gates_are_drawn_as_far_as_there_are_any(followed, told):
    ran = fake_kth("kth1_sample", synthetic=True, sample=SAMPLE)
    one, other = (style.svg(against.behaviour(source(ran, followed=followed)), synthetic=True) for _ in range(2))
    assert told in said(one) and "SYNTHETIC" in said(one) and f"({SAMPLE})" in said(one)
    assert one == other
    assert all(len(line.split(",")) == 6 for line in data.behaviour(followed).splitlines())


def test_what_is_drawn_of_behaviour_is_what_was_computed():
    followed = fake_behaviour()
    found = read_against(source(fake_kth(), followed=followed))
    for name, means in behaviour.by_motion(followed).items():
        np.testing.assert_allclose(found.by_motion[name], means, atol=1e-6)
        np.testing.assert_allclose(
            found.correlations[name].within, behaviour.correlations(followed)[name].within, atol=1e-6
        )
    for name, bands in behaviour.over_time(followed).items():
        np.testing.assert_allclose(found.over_time[name], bands, atol=1e-6)


def test_where_derivatives_help_stands_in_the_page_and_not_in_the_tables(report):
    assert "Where the derivatives of states help" in report["report.html"]
    assert "Classes that gain and lose most on KTH-1" in report["report.html"]
    assert "derivatives of states help" not in report["paper_tables.md"]


def test_order_0_and_sequences_of_one_frame_have_a_table():
    for followed in (fake_behaviour(order=0), fake_behaviour(lengths=(1,)), fake_behaviour(lengths=(2, 2))):
        (table, *_) = behaviour.section([fake_kth("kth1")], {"kth1": followed}).tables
        assert [row[0] for row in table.rows][-3:] == list(behaviour.GATES.values())


def test_a_dataset_without_behaviour_is_refused():
    with pytest.raises(UserError, match="kth1: has metrics but no behaviour; run its traces before the report"):
        build([fake_kth("kth1")], {"kth1": fake_video()}, {}, {})

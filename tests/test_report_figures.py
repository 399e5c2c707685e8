"""Figures and page of the report on KTH: frames of videos, labels of samples, captions."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from report_room import SAMPLE, fake_behaviour, fake_kth, fake_metrics, fake_trace, fake_video, row, typed

from drnn.config import params
from drnn.errors import UserError
from drnn.report import behaviour, behaviour_figures, claims, data, drawings, figures
from drnn.report.build import build

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def report():
    """The report on MSR Action3D, on KTH-1 and on a sample of it."""
    metrics = [fake_metrics(), fake_kth("kth1"), fake_kth("kth1_sample", sample=SAMPLE)]
    traces = {"msr_action3d": fake_trace(), "kth1": fake_video(), "kth1_sample": fake_video()}
    behaviours = {"msr_action3d": fake_behaviour(), "kth1": fake_behaviour(motion="features")}
    behaviours["kth1_sample"] = fake_behaviour(motion="features")
    return build(metrics, traces, behaviours, params.load(ROOT / "params.yaml").model_dump(mode="json"))


def test_captions_name_the_papers_figures_for_its_own_data_and_likeness_for_other(report):
    captions = re.findall("<figcaption>(.*?)</figcaption>", report["report.html"])
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
    shown = images(figures.dos_norms(fake_kth().facts, trace, drawn=True))
    frames = drawings.peaks(trace.dos[:, 0])
    assert len(frames) > 3 and sorted(round(255 * picture[0, 0, 0]) for picture in shown) == frames
    assert all(picture.shape[:2] == (120, 160) and np.ptp(picture[..., :3]) == 0 for picture in shown)


def test_figure_3_of_synthetic_videos_is_stamped():
    assert "<!-- SYNTHETIC -->" in figures.dos_norms(fake_kth(synthetic=True).facts, fake_video(), drawn=True)


def test_figure_3_without_drawings_holds_no_picture(report):
    assert not images(report["figures/kth1_dos.svg"]) and images(report["figures/kth1_dos_drawn.svg"])


def test_the_page_with_pictures_is_self_contained(report):
    page = report["report.html"]
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) and {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert len(images(page)) > len(images(report["figures/kth1_dos_drawn.svg"])) > 3


@pytest.mark.parametrize("kind", ["loss", "dos", "dos_drawn", "confusion", "gains", "behaviour"])
def test_every_figure_of_a_sample_carries_its_label(report, kind):
    texts, others = (
        " ".join(re.findall("<!--(.*?)-->", report[f"figures/{name}_{kind}.svg"])) for name in ("kth1_sample", "kth1")
    )
    assert f"({SAMPLE})" in texts and "sample" not in others


def test_the_loss_says_how_many_runs_are_behind_each_panel(report):
    titles = re.findall("<!--(.*?)-->", report["figures/kth1_loss.svg"])
    assert " mean and range of 5 runs " in titles and " 1 run " in titles
    assert " random splits, 16 training and 9 test subjects " in titles and " the split of Schüldt et al. " in titles


def drawn(svg):
    """The texts of a figure, which is drawn as paths, joined."""
    return " ".join(re.findall("<!-- (.*?) -->", svg))


def test_gains_name_every_class_and_both_orders(report):
    text = drawn(report["figures/kth1_gains.svg"])
    assert all(name in text for name in ("handclapping", "walking", "dRNN, order 2", "dRNN, order 1"))
    assert "over LSTM" in text and "random splits, 16 training" in text


def test_gains_say_what_is_missing():
    ran = fake_kth().values()
    ran["facts"]["models"] = {"lstm": {"order": 0}}
    assert "Nothing to compare" in drawn(behaviour_figures.class_gains(typed(ran)))
    ran = fake_kth().values()
    for result in ran["results"]:
        result["confusion"][0] = [0.0] * 6
    assert "not tested: boxing" in drawn(behaviour_figures.class_gains(typed(ran)))
    for result in ran["results"]:
        result["confusion"] = [[0.0] * 6] * 6
    assert "not tested: boxing, handclapping" in drawn(behaviour_figures.class_gains(typed(ran)))


@pytest.mark.parametrize(
    ("followed", "said"),
    [
        (fake_behaviour(), "motion of the joints"),
        (fake_behaviour(order=0), "order 0 has no"),
        (fake_behaviour(lengths=(1, 1)), "no sequence has"),
        (fake_behaviour(lengths=(2,), order=0), "part of the frames"),
        (fake_behaviour(order=4, motion="features"), "change of the features"),
    ],
)
def test_energies_and_gates_are_drawn_as_far_as_there_are_any(followed, said):
    facts = fake_kth("kth1_sample", synthetic=True, sample=SAMPLE).facts
    svg = behaviour_figures.against_motion(followed, facts)
    assert said in drawn(svg) and "SYNTHETIC" in drawn(svg) and f"({SAMPLE})" in drawn(svg)
    assert svg == behaviour_figures.against_motion(followed, facts)
    assert all(len(line.split(",")) == 6 for line in data.behaviour(followed).splitlines())


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

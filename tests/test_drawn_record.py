"""Figures and tables of the committed record, for a paper: by one command each, without running anything."""

import csv
import io
import re
from pathlib import Path

import pytest
from report_room import fake_metrics, typed
from typer.testing import CliRunner

from drnn.cli.commands import app
from drnn.errors import UserError
from drnn.record.drawn import alike
from drnn.record.figure import figure, listed
from drnn.record.table import table
from drnn.report.blocks import Table
from drnn.report.printed import printed
from drnn.report.typeset import comma_separated, latex

RECORD = Path(__file__).parents[1] / "reports"
HEADS = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
ALONE = ["loss", "dos", "confusion", "gains", "behaviour"]
NAMES = ["verdict", "figure1", *(f"msr_action3d_{kind}" for kind in ALONE)]


def test_all_figures_are_listed():
    assert [line.split()[0] for line in listed(RECORD).splitlines()] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_drawn_from_the_record_the_same_again(name, tmp_path):
    said = [figure(name, "page", "svg", tmp_path / out, RECORD) for out in ("one", "other")]
    content = (tmp_path / "one").read_bytes()
    assert content.startswith(HEADS["svg"]) and content == (tmp_path / "other").read_bytes()
    assert "6.9 inches" in said[0] and b"msr_action3d" not in content


@pytest.mark.parametrize("form", HEADS)
def test_a_figure_of_the_one_dataset_is_named_by_its_kind_alone(form, tmp_path):
    for out in ("one", "other"):
        figure("dos", "column", form, tmp_path / out, RECORD)
    content = (tmp_path / "one").read_bytes()
    assert content.startswith(HEADS[form]) and content == (tmp_path / "other").read_bytes()


def test_a_figure_that_there_is_not_and_a_record_that_is_none_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"kth1_loss: is no figure of .*`drnn figure` lists"):
        figure("kth1_loss", "page", "pdf", tmp_path / "x", RECORD)
    with pytest.raises(UserError, match="is not a whole record"):
        figure("verdict", "page", "pdf", tmp_path / "x", tmp_path)


def test_the_commands_list_and_write(tmp_path):
    run = CliRunner().invoke
    assert "msr_action3d_gains" in run(app, ["figure", "--record", str(RECORD)]).output
    out = tmp_path / "verdict.pdf"
    assert run(app, ["figure", "verdict", "--record", str(RECORD), "--out", str(out)]).exit_code == 0
    assert out.read_bytes().startswith(HEADS["pdf"])
    assert "accuracies" in run(app, ["table", "--record", str(RECORD)]).output
    assert r"\toprule" in run(app, ["table", "claims", "--record", str(RECORD)]).output


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ('<path id="m0123456789" d="M 1.52 2"/>', True),  # rounding, and a name that follows from it
        ('<path id="m0123456789" d="M 1.9 2"/>', False),
        ('<path id="m0123456789" d="L 1.5 2"/>', False),
        ('<path id="m0123456789" d="M 1.5 2"/><g/>', False),
    ],
)
def test_figures_are_compared_but_for_rounding(other, same):
    assert alike('<path id="mabcdef0123" d="M 1.5 2"/>', other) == same


def test_tables_have_the_record_s_numbers_in_every_form():
    found = {form: table("accuracies", form, RECORD) for form in ("latex", "csv", "markdown")}
    rows = list(csv.reader(io.StringIO(found["csv"])))
    assert rows[0] == ["Dataset", "Model", "Paper, %", "as written, %", "tuned, %"]
    assert rows[1][:3] == ["MSR Action3D", "LSTM", "87.78"]
    readme = (RECORD.parent / "README.md").read_text(encoding="utf-8")
    for cell in rows[1][3:]:
        assert cell in readme and cell in found["latex"] and cell in found["markdown"]
    with pytest.raises(UserError, match=r"nope: is no table of .*accuracies, claims"):
        table("nope", "csv", RECORD)


def test_claims_at_equal_units_and_at_equal_parameters_are_rows():
    rows = list(csv.DictReader(io.StringIO(table("claims", "csv", RECORD))))
    over = [(row["Recipe"], row["Over"]) for row in rows if row["Model"] == "dRNN, order 2"]
    assert over == [("as written", "LSTM"), ("tuned", "LSTM"), ("tuned", "LSTM, as many parameters as dRNN, order 2")]
    assert all(float(row["Points"]) < 100 for row in rows)  # the minus is one that programs read


def test_latex_says_every_character_as_it_is():
    text = latex(Table("50 % & more_or #less", ["a_b", "c"], [["{x}~^\\", "−1 ± 2"], ["<y>", "3"]], ["$5"]), "mine")
    assert r"\caption{50 \% \& more\_or \#less}" in text and r"\label{tab:mine}" in text
    assert r"\{x\}\textasciitilde{}\textasciicircum{}\textbackslash{} & $-$1 $\pm$ 2 \\" in text
    assert r"\textless{}y\textgreater{} & 3 \\" in text and r"\footnotesize \$5" in text
    assert r"\begin{tabular}{lr}" in text
    assert [text.count(rf"\{rule}") for rule in ("toprule", "midrule", "bottomrule")] == [1, 1, 1]


def test_every_table_of_the_record_is_whole_latex():
    for name in printed([fake_metrics()]):
        text = latex(printed([fake_metrics()])[name], name)
        columns = len(re.search(r"\\begin\{tabular\}\{([lr]+)\}", text)[1])
        rows = [line for line in text.splitlines() if line.endswith(r"\\")]
        assert rows and all(len(re.findall(r"(?<!\\)&", row)) == columns - 1 for row in rows)
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


def test_made_up_numbers_say_so_in_a_table_too():
    metrics = [typed(fake_metrics("synthetic", synthetic=True).values())]
    assert all("SYNTHETIC" in found.title for found in printed(metrics).values())


def test_csv_has_rows_alone():
    assert comma_separated(Table("t", ["a", "b"], [["−1", "x, y"]], ["note"])) == 'a,b\n-1,"x, y"'

"""Display names: those of params.yaml, and what stands where it gives none; a raw key stands nowhere."""

import re
from pathlib import Path

import pytest
from report_room import fake_behaviour, fake_metrics, fake_trace, said, typed
from tuned_room import OTHERS, fake_tuned

from drnn.config import params
from drnn.evaluation.facts import BaselineFacts, ModelFacts
from drnn.report import display, page, readme, tables
from drnn.report.build import build
from drnn.report.display import Names

ROOT = Path(__file__).parents[1]
KEYS = r"\b(msr_action3d|odd_even_567|odd_even_557|random_5_5|drnn[12]|lstm_large|torch_lstm|lstm|svm|tuned_ensemble)\b"
PLACES = r"[\w/.]*\.(svg|md|csv)|recipes\.[\w.]+"  # names of files and parameters are keys


@pytest.mark.parametrize(
    ("block", "title"),
    [
        ({"order": 0}, "LSTM"),
        ({"order": 4, "layer": "drnn"}, "dRNN, order 4"),
        ({"order": 2, "truncation": "none"}, "dRNN, order 2, full BPTT"),
        ({"order": 2, "truncation": "strict"}, "dRNN, order 2, strict truncation"),
        ({"order": 0, "layer": "gru", "truncation": "dos"}, "torch GRU"),
    ],
)
def test_a_models_name_says_what_its_block_says(block, title):
    assert display.model(ModelFacts(**block)) == title


@pytest.mark.parametrize(
    ("block", "title"),
    [
        ({"method": "dtw", "size": False}, "nearest neighbour (DTW of joints)"),
        ({"method": "dtw", "size": True, "view": True}, "nearest neighbour (DTW of joints, one size, one view)"),
        ({"method": "pooled_svm", "segments": [1]}, "linear SVM (pooled features)"),
        ({"method": "my_own"}, "my own"),
    ],
)
def test_a_baselines_name_says_what_its_block_says(block, title):
    assert display.baseline(BaselineFacts.model_validate(block)) == title


def test_a_model_sized_by_another_names_it():
    names = Names(fake_tuned().facts)
    assert names.model("lstm_large") == "LSTM, as many parameters as dRNN, order 2"
    values = fake_tuned().values()
    values["facts"]["models"] = {"lstm_large": OTHERS["lstm_large"]}
    assert Names(typed(values).facts).model("lstm_large") == "LSTM, as many parameters as another model"


def test_recipes_protocols_and_datasets_have_the_papers_names_or_their_keys_with_spaces():
    names = Names(fake_metrics().facts)
    assert names.dataset == "MSR Action3D" and Names(fake_metrics("my_own_data").facts).dataset == "my own data"
    assert names.protocol("odd_even_567") == "odd/even subjects, 567 sequences"
    assert names.protocol("my_split") == "my split"
    assert names.recipe("tuned_ensemble") == "tuned, ensemble" and names.recipe("my_recipe") == "my recipe"
    assert names.recipe("baseline") == "non-recurrent baseline"


def test_a_title_of_params_yaml_stands_before_any_other():
    values = fake_metrics().values()
    titles = {"dataset": "Data", "protocols": {"odd_even_567": "split"}, "recipes": {"paper": "plain"}}
    values["facts"]["titles"] = titles | {"models": {"lstm": "peer"}, "baselines": {"svm": "machine"}}
    names = Names(typed(values).facts)
    assert (names.dataset, names.protocol("odd_even_567"), names.recipe("paper_ensemble")) == (
        "Data", "split", "plain, ensemble"
    )  # fmt: skip
    assert (names.model("lstm"), names.model("svm")) == ("peer", "machine")


def test_every_template_is_named_by_the_module_that_uses_it_so_that_its_text_counts_in_keys():
    room = ROOT / "drnn/report"
    code = "".join(path.read_text(encoding="utf-8") for path in room.rglob("*.py"))
    for template in room.glob("templates/*"):
        assert f'"templates/{template.name}"' in code


def test_no_raw_key_stands_in_tables_readme_page_or_figures():
    experiment = params.load(ROOT / "params.yaml").model_dump(mode="json")
    name = "msr_action3d"
    report = build([fake_tuned()], {name: fake_trace()}, {name: fake_behaviour()}, experiment)
    html = re.sub("<script.*?</script>", "", report["report.html"], flags=re.DOTALL)
    html = html[: html.index('id="choices"')]  # the list of choices names parameters
    texts = [tables.paper_tables([fake_tuned()], experiment), readme.results([fake_tuned()]), html]
    texts += [said(text) for file, text in report.items() if file.endswith(".svg")]
    for text in texts:
        assert not re.search(KEYS, re.sub(PLACES, "", page.NAME.sub("", text)))

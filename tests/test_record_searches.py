"""The searches in the record: recomputed from their runs, and never beside a recipe that they did not choose."""

import json
import re
import shutil
from pathlib import Path

import pytest

from drnn.config.params import load
from drnn.config.recipe import Recipe
from drnn.errors import UserError
from drnn.evaluation.selection import SearchFacts, SearchRun, SearchTable, summarise
from drnn.plan.searches import SearchPlan
from drnn.record import searches as record_searches
from drnn.report.search import page

ROOT = Path(__file__).parent.parent
RIGHT = {"base": (6, 7), "more": (8, 7)}
RECIPES = {"mine": Recipe(epochs=9).model_dump()}


def search(**facts) -> SearchTable:
    """A search of two configurations on two subjects, of which `more` is the better."""
    known = {"search": "toy", "chooses": "mine", "dataset": "some", "protocol": "odd_even", "models": ["lstm"]}
    known |= {"seeds": [0], "base": {"epochs": 4}, "configurations": {"base": {}, "more": {"epochs": 9}}}
    known |= {"devices": ["a processor"], "parameters": {}} | facts
    runs = [
        SearchRun(configuration=name, model="lstm", seed=0, subject=subject, sequences=10, right=right)
        for name, counts in RIGHT.items()
        for subject, right in zip((1, 3), counts, strict=True)
    ]
    return summarise(SearchFacts(**known), runs)


@pytest.fixture
def published(tmp_path) -> Path:
    """A record that holds the search."""
    folder = tmp_path / record_searches.FOLDER
    folder.mkdir()
    (folder / "toy.json").write_text(search().to_json())
    (folder / "toy.md").write_text(page(search()))
    return tmp_path


def differing(record: Path, recipes: dict = RECIPES) -> list[str]:
    found = record_searches.recomputed(record, recipes)
    return [name for name, text in found.items() if (record / name).read_text() != text]


def test_a_search_follows_from_its_runs(published):
    assert differing(published) == []


def test_another_count_of_a_run_changes_the_table_and_the_page(published):
    path = published / "search/toy.json"
    path.write_text(path.read_text().replace('"right": 8', '"right": 9'))
    assert differing(published) == ["search/toy.json", "search/toy.md"]


def test_a_search_that_chose_another_setting_than_its_recipe_has_is_refused_with_the_chosen_one(published):
    with pytest.raises(
        UserError, match=r'recipes.mine: is not what the search toy chose \(more\); write {"epochs": 9}'
    ):
        differing(published, {"mine": Recipe(epochs=4).model_dump()})
    with pytest.raises(UserError, match=r"recipes.mine"):
        differing(published, {})


def test_where_a_search_follows_its_base_is_the_choice_and_its_own_choice_the_recipe(published):
    later = search(
        search="later", follows="toy", base={"epochs": 9}, configurations={"base": {}, "more": {"batch_size": 4}}
    )
    (published / "search/later.json").write_text(later.to_json())
    (published / "search/later.md").write_text(page(later))
    assert differing(published, {"mine": Recipe(epochs=9, batch_size=4).model_dump()}) == []
    assert "Base, the choice of the search toy: epochs 9." in page(later)
    with pytest.raises(UserError, match=r'recipes.mine: is not what the search later chose .*"batch_size": 4'):
        differing(published)
    other = search(
        search="later", follows="toy", base={"epochs": 8}, configurations={"base": {}, "more": {"batch_size": 4}}
    )
    (published / "search/later.json").write_text(other.to_json())
    with pytest.raises(UserError, match=r'searches.yaml: later.base: is not what the search toy chose .*{"epochs": 9}'):
        differing(published, {"mine": Recipe(epochs=8, batch_size=4).model_dump()})


def test_a_search_that_lacks_a_run_is_refused_by_name(published):
    whole = search()
    found = whole.model_copy(update={"runs": whole.runs[:-1]})
    (published / "search/toy.json").write_text(found.to_json())
    with pytest.raises(UserError, match=r"toy.json: is not a whole search"):
        differing(published)


def test_a_record_without_searches_has_nothing_to_recompute(tmp_path):
    assert record_searches.recomputed(tmp_path, RECIPES) == {}


def test_the_page_names_every_setting_what_it_changes_and_the_chosen_one():
    rows = [line for line in page(search()).splitlines() if line.startswith("| ")]
    assert "| base | — | 65.00 | 0.00 | 60.00 | 70.00 |" in rows
    assert "| more (chosen) | epochs 9 | 75.00 | +10.00 | 80.00 | 70.00 |" in rows


def test_the_page_escapes_what_comes_from_the_parameters():
    assert "<script>" not in page(search(chooses="<script>alert(1)</script>"))


def test_publishing_copies_what_is_made_and_leaves_the_runs_of_other_searches(tmp_path, monkeypatch):
    for name in ("params.yaml", "searches.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    plan, record = SearchPlan.load(), tmp_path / "record"
    first = next(iter(plan.ends))
    recipe = plan.searches[first].chooses
    found = search(search=first, chooses=recipe, base={}, configurations={"base": {}, "more": recipe_of(recipe)})
    for output in plan.ends[first].makes:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text(found.to_json())
    kept = search(search="kept", chooses=recipe, base=recipe_of(recipe), configurations={"base": {}, "more": {}})
    (record / "search").mkdir(parents=True)
    (record / "search/kept.json").write_text(kept.to_json())
    (record / "search/kept.md").write_text("as it was once written")
    record_searches.publish(record, "0123456789abcdef", "2026-01-31")
    written = json.loads((record / f"search/{first}.json").read_text())
    assert written["provenance"]["search"] == plan.ends[first].key
    assert re.search(r"2026-01-31, revision 0123456789\.", (record / f"search/{first}.md").read_text())
    assert (record / "search/kept.json").read_text() == kept.to_json()
    assert (record / "search/kept.md").read_text() == page(kept)


def recipe_of(name: str) -> dict:
    """The recipe of params.yaml as changes of the defaults."""
    return load("params.yaml").recipes[name].model_dump(exclude_defaults=True)

"""The searches in the committed record: published beside the report, recomputed from their runs by CI."""

import json
from pathlib import Path

from drnn.config.recipe import Recipe
from drnn.errors import UserError
from drnn.evaluation.selection import Made, SearchTable, summarise
from drnn.evaluation.typed import read
from drnn.files import write_text
from drnn.plan.notes import check
from drnn.plan.searches import FILE, SearchPlan
from drnn.report.search import page

FOLDER = "search"
COMMAND = "snakemake --cores all search_all && drnn publish"


def publish(record: Path, revision: str, date: str) -> None:
    """Copy every search that is made; of the others the runs stay as they are, and their pages follow from these.

    Where searches.yaml speaks of what params.yaml does not have, nothing is copied.

    Raises:
        UserError: a table was touched since it was made, or params.yaml or the search that follows has another
            recipe than the search chose.
    """
    try:
        plan = SearchPlan.load()
    except UserError:  # the experiment is another than the one that the searches are for
        return
    made = {name: job for name, job in plan.ends.items() if job.exists}
    check(list(made.values()))
    recipes = {name: recipe.model_dump() for name, recipe in plan.params.recipes.items()}
    bases = {name: (search.follows, search.base) for name, search in plan.searches.items()}
    for name, job in made.items():
        found = read(SearchTable, job.outputs["search"])
        _is_taken_on(found, bases, recipes)
        provenance = Made(made_again_by=COMMAND, date=date, revision=revision, search=job.key)
        published = found.model_copy(update={"provenance": provenance})
        write_text(record / FOLDER / f"{name}.json", published.to_json())
    for name, text in recomputed(record, recipes).items():
        write_text(record / name, text)


def recomputed(record: Path, recipes: dict[str, dict]) -> dict[str, str]:
    """File in the record → what it should hold, from the runs of each search.

    Args:
        record: the folder.
        recipes: blocks that were published with it.

    Raises:
        UserError: a table is not whole, or a recipe, or the base of the search that follows, is another than
            the search chose.
    """
    files = {}
    searches = tables(record)
    bases = {name: (found.facts.follows, found.facts.base) for name, found in searches.items()}
    for name, found in searches.items():
        _is_taken_on(found, bases, recipes)
        files[f"{FOLDER}/{name}.json"] = found.to_json()
        files[f"{FOLDER}/{name}.md"] = page(found)
    return files


def tables(record: Path) -> dict[str, SearchTable]:
    """The searches of the record by name, what they reached recomputed from their runs.

    Raises:
        UserError: a table is not whole.
    """
    searches: dict[str, SearchTable] = {}
    for path in sorted((record / FOLDER).glob("*.json")):
        found = read(SearchTable, path, "publish it again")
        try:
            searches[path.stem] = summarise(found.facts, found.runs, found.provenance)
        except ValueError as error:
            raise UserError(f"{path}: is not a whole search ({error}); publish it again") from None
    return searches


def _is_taken_on(found: SearchTable, bases: dict[str, tuple[str | None, dict]], recipes: dict[str, dict]) -> None:
    """What a search chose is the base of the search that follows it or, of the last one, the recipe.

    Args:
        found: the search.
        bases: of every search by name the one before it, and its base.
        recipes: blocks of params.yaml.
    """
    own = found.facts
    chosen = Recipe(**own.base | own.configurations[found.chosen])
    place, taken = f"recipes.{own.chooses}", recipes.get(own.chooses)
    for name, (follows, base) in bases.items():
        if follows == own.search:
            place, taken = f"{FILE}: {name}.base", base
    if taken is None or Recipe(**taken) != chosen:
        changes = json.dumps(chosen.model_dump(mode="json", exclude_defaults=True))
        raise UserError(f"{place}: is not what the search {own.search} chose ({found.chosen}); write {changes}")

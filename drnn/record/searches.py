"""The searches in the committed record: published beside the report, recomputed from their runs by CI."""

import json
from pathlib import Path

from drnn.config.recipe import Recipe
from drnn.errors import UserError
from drnn.evaluation.selection import summarise
from drnn.files import write_text
from drnn.plan.notes import check
from drnn.plan.searches import FILE, SearchPlan
from drnn.report.search import page

FOLDER = "search"
COMMAND = "snakemake --cores all search && drnn publish"


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
    facts = {name: search.model_dump() for name, search in plan.searches.items()}
    for name, job in made.items():
        found = json.loads(Path(job.outputs["search"]).read_text())
        _is_taken_on(found, facts, recipes)
        found["provenance"] = {"made_again_by": COMMAND, "date": date, "revision": revision, "search": job.key}
        write_text(record / FOLDER / f"{name}.json", to_json(found))
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
    searches = {}
    for path in sorted((record / FOLDER).glob("*.json")):
        try:
            found = json.loads(path.read_text())
            searches[path.stem] = found | summarise(found["runs"], list(found["facts"]["configurations"]))
        except (ValueError, KeyError) as error:
            raise UserError(f"{path}: is not a whole search ({error}); publish it again") from None
    files = {}
    for name, found in searches.items():
        _is_taken_on(found, {other: search["facts"] for other, search in searches.items()}, recipes)
        files[f"{FOLDER}/{name}.json"] = to_json(found)
        files[f"{FOLDER}/{name}.md"] = page(found)
    return files


def to_json(found: dict) -> str:
    """A search as JSON, a line for each run."""
    runs = ",\n".join("  " + json.dumps(run) for run in found["runs"])
    return json.dumps(found | {"runs": []}, indent=1).replace('"runs": []', f'"runs": [\n{runs}\n ]') + "\n"


def _is_taken_on(found: dict, facts: dict[str, dict], recipes: dict[str, dict]) -> None:
    """What a search chose is the base of the search that follows it or, of the last one, the recipe.

    Args:
        found: the search.
        facts: of every search, by name.
        recipes: blocks of params.yaml.
    """
    own = found["facts"]
    chosen = Recipe(**own["base"] | own["configurations"][found["chosen"]])
    place, taken = f"recipes.{own['chooses']}", recipes.get(own["chooses"])
    for name, other in facts.items():
        if other.get("follows") == own["search"]:
            place, taken = f"{FILE}: {name}.base", Recipe(**other["base"]).model_dump()
    if taken != chosen.model_dump():
        changes = json.dumps(chosen.model_dump(mode="json", exclude_defaults=True))
        raise UserError(f"{place}: is not what the search {own['search']} chose ({found['chosen']}); write {changes}")

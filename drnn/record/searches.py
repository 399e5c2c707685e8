"""The studies in the committed record: published beside the report, recomputed from their runs by CI."""

import json
from pathlib import Path

from drnn.cli.status import check
from drnn.config.recipe import Recipe
from drnn.errors import UserError
from drnn.evaluation.selection import summarise
from drnn.files import write_text
from drnn.plan.searches import FILE, StudyPlan
from drnn.report.study import page

FOLDER = "study"
COMMAND = "snakemake --cores all study && drnn publish"


def publish(record: Path, revision: str, date: str) -> None:
    """Copy every study that is made; of the others the runs stay as they are, and their pages follow from these.

    Where studies.yaml speaks of what params.yaml does not have, nothing is copied.

    Raises:
        UserError: a table was touched since it was made, or params.yaml or the study that follows has another
            recipe than the study chose.
    """
    try:
        plan = StudyPlan.load()
    except UserError:  # the experiment is another than the one that the studies are for
        return
    made = {name: job for name, job in plan.ends.items() if job.exists}
    check(list(made.values()))
    recipes = {name: recipe.model_dump() for name, recipe in plan.params.recipes.items()}
    facts = {name: study.model_dump() for name, study in plan.studies.items()}
    for name, job in made.items():
        found = json.loads(Path(job.outputs["study"]).read_text())
        _is_taken_on(found, facts, recipes)
        found["provenance"] = {"made_again_by": COMMAND, "date": date, "revision": revision, "study": job.key}
        write_text(record / FOLDER / f"{name}.json", to_json(found))
    for name, text in recomputed(record, recipes).items():
        write_text(record / name, text)


def recomputed(record: Path, recipes: dict[str, dict]) -> dict[str, str]:
    """File in the record → what it should hold, from the runs of each study.

    Args:
        record: the folder.
        recipes: blocks that were published with it.

    Raises:
        UserError: a table is not whole, or a recipe, or the base of the study that follows, is another than
            the study chose.
    """
    studies = {}
    for path in sorted((record / FOLDER).glob("*.json")):
        try:
            found = json.loads(path.read_text())
            studies[path.stem] = found | summarise(found["runs"], list(found["facts"]["settings"]))
        except (ValueError, KeyError) as error:
            raise UserError(f"{path}: is not a whole study ({error}); publish it again") from None
    files = {}
    for name, found in studies.items():
        _is_taken_on(found, {other: study["facts"] for other, study in studies.items()}, recipes)
        files[f"{FOLDER}/{name}.json"] = to_json(found)
        files[f"{FOLDER}/{name}.md"] = page(found)
    return files


def to_json(found: dict) -> str:
    """A study as JSON, a line for each run."""
    runs = ",\n".join("  " + json.dumps(run) for run in found["runs"])
    return json.dumps(found | {"runs": []}, indent=1).replace('"runs": []', f'"runs": [\n{runs}\n ]') + "\n"


def _is_taken_on(found: dict, facts: dict[str, dict], recipes: dict[str, dict]) -> None:
    """What a study chose is the base of the study that follows it or, of the last one, the recipe.

    Args:
        found: the study.
        facts: of every study, by name.
        recipes: blocks of params.yaml.
    """
    own = found["facts"]
    chosen = Recipe(**own["base"] | own["settings"][found["chosen"]])
    place, taken = f"recipes.{own['chooses']}", recipes.get(own["chooses"])
    for name, other in facts.items():
        if other.get("follows") == own["study"]:
            place, taken = f"{FILE}: {name}.base", Recipe(**other["base"]).model_dump()
    if taken != chosen.model_dump():
        changes = json.dumps(chosen.model_dump(mode="json", exclude_defaults=True))
        raise UserError(f"{place}: is not what the study {own['study']} chose ({found['chosen']}); write {changes}")

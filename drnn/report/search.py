"""A search's page: every configuration, what it reached by leave-one-subject-out, and which one is chosen."""

import json

from drnn.report.blocks import Section, Table, markdown, percent, plural, signed

HOW = (
    "Each configuration was trained once for each training subject, model and seed, without that subject, and then "
    "recognised the subject's sequences. Validation is the accuracy over all these sequences, averaged over models "
    "and seeds; a difference is to the first configuration. The highest is chosen, of equals the first. No test "
    "subject's sequences or labels are in the file that the search reads. The highest of many is too high for what it "
    "will reach on other people."
)


def page(found: dict) -> str:
    """The search's result as Markdown.

    Args:
        found: what ``drnn.steps.search`` makes.
    """
    facts = found["facts"]
    subjects = len({run["subject"] for run in found["runs"]})
    counts = [
        plural(len(found["results"]), "configuration"),
        plural(subjects, "subject"),
        plural(len(facts["seeds"]), "seed"),
    ]
    introduction = (
        f"How the recipe “{facts['chooses']}” was chosen on the training subjects of {facts['protocol']}, "
        f"{facts['dataset']}: {', '.join(counts)}, {', '.join(facts['models'])}; "
        f"{plural(len(found['runs']), 'training')}."
    )
    origin = f", the choice of the search {facts['follows']}" if facts.get("follows") else ""
    base = f"Base{origin}: {_changes(facts['base'])}. Everything else is as config/README.md says."
    chosen = f"Chosen: {found['chosen']}."
    tables = [_configurations(found)]
    return markdown(
        f"Search: {facts['search']}", introduction, [Section("Settings", [HOW, base, chosen], tables=tables)]
    )


def _configurations(found: dict) -> Table:
    facts, first = found["facts"], found["results"][0]
    models = facts["models"] if len(facts["models"]) > 1 else []
    subjects = list(first["by_subject"])
    columns = ["Setting", "What it changes", "Validation %", "Difference", *(f"{model} %" for model in models)]
    columns += [f"without {subject} %" for subject in subjects]
    rows = []
    for result in found["results"]:
        name = result["configuration"]
        spread = f" ± {percent(result['std'])}" if result["std"] else ""
        rows.append(
            [name + (" (chosen)" if name == found["chosen"] else ""), _changes(facts["configurations"][name]) or "—"]
        )
        rows[-1] += [percent(result["mean"]) + spread, signed(result["mean"] - first["mean"])]
        rows[-1] += [percent(result["by_model"][model]) for model in models]
        rows[-1] += [percent(result["by_subject"][subject]) for subject in subjects]
    notes = [f"Trained on {', '.join(facts['devices'])}."]
    if made := found.get("provenance"):
        notes[0] += f" Made again by `{made['made_again_by']}`; {made['date']}, revision {made['revision'][:10]}."
    return Table(f"What {facts['search']} tried", columns, rows, notes)


def _changes(changes: dict) -> str:
    """Fields and values as words: "batch_size 4, augmentation {…}"."""
    return ", ".join(f"{name} {json.dumps(value)}".replace('"', "") for name, value in changes.items())

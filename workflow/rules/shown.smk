# What `snakemake --report` shows, and in which drawer.
import itertools

TEXTS = {"report.html": "page", "paper_tables.md": "paper_tables", "discrepancies.md": "discrepancies"}
KINDS = {
    "loss": "training loss",
    "dos": "derivatives of states",
    "dos_drawn": "derivatives of states, with the recording",
    "confusion": "confusion matrix",
    "gains": "gains of each class",
    "behaviour": "motion, derivatives of states and gates",
}


def shown(experiment):
    """The outputs of a report, captioned and sorted for `snakemake --report`; its data as they are."""
    plan = PLANS[experiment]
    patterns = report_patterns(plan.params.run)
    return {name: shown_file(name, pattern, plan.params.run) for name, pattern in patterns.items()}


def shown_file(name, path, datasets):
    if name in TEXTS:
        return report(path, caption=f"../report/{TEXTS[name]}.rst", category="Tables", labels={"table": TEXTS[name]})
    for dataset, kind in itertools.product(datasets, KINDS):
        if name == f"figures/{dataset}_{kind}.svg":
            labels = {"dataset": dataset, "figure": KINDS[kind]}
            caption = f"../report/{kind}.rst"
            return report(path, caption=caption, category="Figures", subcategory=dataset, labels=labels)
    for kind, figure in (("verdict", "verdict"), ("figure1", "architecture")):
        if name == f"figures/{kind}.svg":
            labels = {"dataset": "any", "figure": figure}
            caption = f"../report/{figure}.rst"
            return report(path, caption=caption, category="Figures", labels=labels)
    return path

# What `snakemake --report` shows, and in which drawer.
TEXTS = {"report.html": "page", "paper_tables.md": "paper_tables", "discrepancies.md": "discrepancies"}
SHOWN = FIGURES | {"verdict": "verdict", "where": "where a higher order helps", "figure1": "architecture"}


def shown(experiment):
    """The outputs of a report, captioned and sorted for `snakemake --report`; its data as they are."""
    return {name: shown_file(name, path) for name, path in report_patterns(PLANS[experiment].params.run).items()}


def shown_file(name, path):
    if name in TEXTS:
        return report(path, caption=f"../report/{TEXTS[name]}.rst", category="Tables", labels={"table": TEXTS[name]})
    for kind in SHOWN:
        if name.endswith(f"{kind}.svg"):
            dataset = Path(name).stem.removesuffix(kind).removesuffix("_")  # none in what is drawn of all
            labels = {"dataset": dataset or "any", "figure": SHOWN[kind]}
            caption = f"../report/{kind}.rst"
            return report(path, caption=caption, category="Figures", subcategory=dataset or None, labels=labels)
    return path

"""The files of a report, by name, without importing anything that draws."""

SEVERAL = 5
"""Datasets from which on a figure shows where a higher order helps."""
FIGURES = {
    "loss": "training loss",
    "dos": "derivatives of states",
    "dos_drawn": "derivatives of states, with the recording",
    "confusion": "confusion matrix",
    "gains": "gains of each class",
    "behaviour": "motion, derivatives of states and gates",
}
"""Kinds of figures of a dataset, and what they show."""


def file_names(datasets: list[str]) -> list[str]:
    """Names of all files of a report on these datasets, relative to the report's folder.

    Of all together: the verdict, as wide as a page and as a column, and the layer (Figure 1). Of each dataset: the loss
    curves (Figure 2), the norms of the derivatives of states without and with drawn figures (Figure 3), the confusion
    matrix (Figures 4 and 5), the gains of each class, and energies and gates against motion; and what these draw, in a
    folder for each kind, because DVC gives a folder's files one form.
    """
    figures = ["figures/verdict.svg", "figures/verdict_column.svg", "figures/figure1.svg"]
    figures += ["figures/where.svg"] if len(datasets) >= SEVERAL else []
    figures += [f"figures/{dataset}_{kind}.svg" for dataset in datasets for kind in FIGURES]
    drawn = [f"data/{kind}/{dataset}.csv" for dataset in datasets for kind in FIGURES if kind != "dos_drawn"]
    tables = ["metrics.json", "accuracies.csv", "claims.csv", "where.csv"]
    return [*tables, "paper_tables.md", "discrepancies.md", "report.html", *figures, *drawn]

"""What stands in no row of the paper: other results, the data behind the tables, and where they come from."""

from drnn.report import measured
from drnn.report.blocks import Section, Table, interval, percent, plural, probability, signed


def results(metrics: list[dict]) -> list[Section]:
    """Results of other data, recipes or models than the paper's, one section for each kind."""
    return [section for m in metrics if (section := _results(m))]


def _results(ran: dict) -> Section | None:
    facts = ran["facts"]
    paper_data = facts["dataset"] in measured.paper()["datasets"] and not facts["synthetic"]
    if facts["synthetic"]:
        title = "Synthetic figures — not the paper's data"
    else:
        title = "Other recipes and models" if paper_data else "Own datasets — not the paper's data"

    def own(recipe: str, *models: str) -> bool:
        in_row = all(measured.in_paper_row(ran, model) for model in models)
        return not (paper_data and recipe == measured.RECIPE and in_row)

    found = [r for r in ran["results"] if own(r["recipe"], r["model"])]
    compared = [c for c in ran["comparisons"] if own(c["recipe"], c["better"], c["baseline"])]
    if not found:
        return None
    tables = [_accuracies(ran, found)] + ([_comparisons(ran, compared)] if compared else [])
    return Section(measured.marked(f"{title}: {facts['dataset']}", [ran]), tables=tables)


def _accuracies(ran: dict, found: list[dict]) -> Table:
    models = ran["facts"]["models"]
    rows = []
    for r in found:
        rows.append([r["protocol"], r["recipe"], r["model"], f"{models[r['model']]['parameters']:,}"])
        rows[-1] += [measured.accuracy(r), interval(r["interval"], percent), str(r["test_sequences"])]
    columns = ["Protocol", "Recipe", "Model", "Parameters", "Accuracy %", "95 % interval", "Test sequences"]
    title = measured.marked(f"Accuracies on {ran['facts']['dataset']}", [ran])
    return Table(title, columns, rows, measured.mixture([ran]))


def _comparisons(ran: dict, compared: list[dict]) -> Table:
    rows = [
        [c["protocol"], c["recipe"], f"{c['better']} is better than {c['baseline']}", *comparison_cells(c)]
        for c in compared
    ]
    columns = ["Protocol", "Recipe", "Claim", "Points", "95 % interval", "Right only with the first"]
    columns += ["Right only with the second", "McNemar's p", "Verdict"]
    title = measured.marked(f"Comparisons on {ran['facts']['dataset']}", [ran])
    return Table(title, columns, rows, measured.mixture([ran]))


def comparison_cells(found: dict) -> list[str]:
    """Difference, its interval, McNemar's two counts and p, and the verdict."""
    counts = [str(found["only_better"]), str(found["only_baseline"])]
    bounds = interval(found["interval"], signed)
    return [signed(found["difference"]), bounds, *counts, probability(found["p"]), found["verdict"]]


def data(metrics: list[dict]) -> Section:
    """Which recordings were used, and what was repaired in them."""
    return Section("The data behind the tables", paragraphs=[_data(m["facts"]) for m in metrics])


def _data(facts: dict) -> str:
    repairs, mark = facts.get("repairs") or {}, "SYNTHETIC, " if facts["synthetic"] else ""
    text = f"{facts['dataset']} ({mark}{plural(len(facts['classes']), 'action')}): "
    if "listed" in repairs:
        text += f"{plural(repairs['listed'], 'sequence')} listed"
        excluded = "; ".join(f"{name}, {reason}" for name, reason in repairs.get("excluded", {}).items())
        text += f", {len(repairs.get('excluded', {}))} excluded{f' ({excluded})' if excluded else ''}. "
        text += f"Frames without a measurement: {repairs.get('interpolated_frames', 0):,} filled from their "
        text += f"neighbours in {plural(repairs.get('interpolated_sequences', 0), 'sequence')}, "
        text += f"{repairs.get('cut_frames', 0):,} cut. "
    parts = []
    for protocol, splits in facts["sequences"].items():
        sizes = "; ".join(dict.fromkeys(f"{s['train']} to train, {s['test']} to test" for s in splits))
        parts.append(f"{protocol} ({plural(len(splits), 'split')}): {sizes}")
    return text + f"Sequences used: {'. '.join(parts)}."


def provenance(metrics: list[dict], params: dict) -> Section:
    """What made the numbers: devices, versions, keys, and the floor of the loss."""
    seeds = ", ".join(str(seed) for seed in params.get("seeds", []))
    lines = [_provenance(m["facts"]) for m in metrics]
    return Section("Where the numbers come from", paragraphs=[*lines, f"Seeds: {seeds}."], points=[])


def _provenance(facts: dict) -> str:
    versions = ", ".join(
        f"{name} {' and '.join(v) if isinstance(v, list) else v}"
        for name, v in sorted(facts.get("versions", {}).items())
    )
    keys = "; ".join(
        f"{name} {', '.join(v) if isinstance(v, list) else v}" for name, v in sorted(facts.get("keys", {}).items())
    )
    mark = " (SYNTHETIC)" if facts["synthetic"] else ""
    floor = f"{measured.loss_floor(len(facts['classes'])):.4f}"
    return (
        f"{facts['dataset']}{mark}: made on {', '.join(facts.get('devices', [])) or 'an unrecorded device'}, with "
        f"{versions or 'unrecorded versions'}. Keys: {keys or 'none'}. Floor of the loss with "
        f"{len(facts['classes'])} classes: {floor}."
    )

"""What stands in no row of the paper: other results, the data behind the tables, and where they come from."""

import numpy as np

from drnn.report import beside, measured, methods
from drnn.report.blocks import Section, Table, difference, interval, percent, plural, probability, signed, span

COMPARISON = [
    "95 % over sequences",
    "95 % over subjects and seeds",
    "± by seeds",
    "Right alone",
    "p",
    "Detectable",
    "Verdict",
]
"""Columns of a comparison, after that of the difference."""


def results(metrics: list[dict]) -> list[Section]:
    """Results of other data, recipes or models than the paper's, one section for each kind."""
    return [section for m in metrics if (section := _results(m))]


def _results(ran: dict) -> Section | None:
    facts = ran["facts"]
    in_rows = facts["dataset"] in measured.admitted([ran])

    def in_row(*models: str) -> bool:
        return in_rows and all(measured.in_paper_row(ran, model) for model in models)

    plain = [r for r in ran["results"] if not measured.is_ensemble(r["recipe"])]
    found = [r for r in plain if not (r["recipe"] == measured.RECIPE and in_row(r["model"]))]
    compared = [c for c in ran["comparisons"] if not measured.is_ensemble(c["recipe"])]
    if in_rows:  # the paper's claims and the other models have tables of their own
        elsewhere = (in_row(c["better"], c["baseline"]) or measured.is_beside(ran, c["baseline"]) for c in compared)
        compared = [c for c, told in zip(compared, elsewhere, strict=True) if not told]
    if not found:
        return None
    tables = [_accuracies(ran, found)] + ([_comparisons(ran, compared)] if compared else [])
    tables += [] if in_rows or (drawn := beside.splits(ran)) is None else [drawn]
    title = f"{measured.named(facts)}: {_kind(facts)}"
    return Section(title, tables=tables, label=f"Results on {facts['dataset']}")


def _kind(facts: dict) -> str:
    """What a dataset's results outside the paper's rows are."""
    if facts["synthetic"]:
        return "made-up data, not the paper's"
    if label := facts.get("sample"):
        what = "a sample of the recordings" if label.startswith("sample") else "recordings not verified as published"
        return f"{what}, not the paper's protocol"
    if facts["dataset"] in measured.paper()["datasets"]:
        return "other recipes, models and methods"
    return "own data, not the paper's"


def _accuracies(ran: dict, found: list[dict]) -> Table:
    models = ran["facts"]["models"]
    rows = []
    for r in found:
        size = f"{measured.parameters(ran['facts'], r['recipe'], r['model']):,}" if r["model"] in models else "—"
        rows.append([r["protocol"], r["recipe"], r["model"], size])
        rows[-1] += [measured.accuracy(r), *(interval(r[over], percent) for over in ("interval", "interval_subjects"))]
        rows[-1].append(_numbers(r["test_sequences"]))
    columns = ["Protocol", "Recipe", "Model", "Parameters", "Accuracy %", *COMPARISON[:2], "Test sequences"]
    title = measured.marked(f"Accuracies on {measured.named(ran['facts'])}", [ran])
    beside = [_baseline(name, about) for name, about in ran["facts"]["baselines"].items()]
    return Table(title, columns, rows, beside + measured.mixture([ran]))


def _baseline(name: str, about: dict) -> str:
    """What a method beside the recurrent layers is, its settings, and those that its training subjects chose."""
    settings = [f"{k} {_value(v)}" for k, v in about.items() if k not in ("method", "chosen")]
    text = f"{name}: {measured.method(about)} ({', '.join(settings)}). "
    chosen = []
    for one in about["chosen"]:
        names = [f"{k} {_value(v)}" for k, v in one.items() if k not in ("protocol", "split", "left_out")]
        place = f"{one['protocol']}, split {one['split']}"
        chosen.append(f"{place}: {', '.join(names)} ({percent(one['left_out'])} % of the subjects left out)")
    return f"{text}Chosen by leaving out each training subject in turn: {'; '.join(chosen)}."


def _value(value) -> str:
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _numbers(sequences: int | list[int]) -> str:
    return span(sequences if isinstance(sequences, list) else [sequences])


def _comparisons(ran: dict, compared: list[dict]) -> Table:
    rows = [
        [c["protocol"], c["recipe"], f"{c['better']} is better than {c['baseline']}", *comparison_cells(c)]
        for c in compared
    ]
    columns = ["Protocol", "Recipe", "Claim", "Points", *COMPARISON]
    title = measured.marked(f"Comparisons on {measured.named(ran['facts'])}", [ran])
    notes = [methods.SPLITS] if any(c["over_splits"] for c in compared) else []
    return Table(title, columns, rows, notes + measured.mixture([ran]))


def comparison_cells(found: dict) -> list[str]:
    """What stands in the columns of COMPARISON, after the difference."""
    bounds = [interval(found[name], signed) if found[name] else "—" for name in ("interval", "interval_subjects")]
    counts = f"{found['only_better']} : {found['only_baseline']}"
    seeds = "—" if found["by_seeds"] is None else percent(found["by_seeds"])
    p, least = probability(found["p_holm"]), percent(found["detectable"])
    return [difference(found["difference"]), *bounds, seeds, counts, p, least, found["verdict"]]


def data(metrics: list[dict]) -> Section:
    """Which recordings were used, and what was repaired in them."""
    return Section("The data behind the tables", paragraphs=[_data(m["facts"]) for m in metrics])


def _data(facts: dict) -> str:
    about = ["SYNTHETIC" if facts["synthetic"] else None, facts.get("sample"), plural(len(facts["classes"]), "action")]
    parts = []
    for protocol, splits in facts["sequences"].items():
        sizes = f"{measured.sequences(splits, 'train')} to train, {measured.sequences(splits, 'test')} to test"
        parts.append(f"{protocol} ({plural(len(splits), 'split')}): {sizes}")
    head = f"{facts['dataset']} ({', '.join(filter(None, about))}): "
    return f"{head}{_repairs(facts.get('repairs') or {})}Sequences used: {'. '.join(parts)}.{_energy(facts)}"


def _repairs(repairs: dict) -> str:
    """How many sequences there were, and what was done to skeletons without a measurement or to ranges cut short."""
    if "listed" not in repairs:
        return ""
    excluded = "; ".join(f"{name}, {reason}" for name, reason in repairs.get("excluded", {}).items())
    text = f"{plural(repairs['listed'], 'sequence')} listed"
    text += f", {len(repairs.get('excluded', {}))} excluded{f' ({excluded})' if excluded else ''}. "
    if count := repairs.get("shortened_sequences"):
        text += "Ranges that end after the last frame that decodes were shortened: "
        return text + f"{plural(count, 'sequence')}, by {plural(repairs['shortened_frames'], 'frame')} in all. "
    if "shortened_sequences" in repairs:
        return text + "None had to be shortened. "
    text += f"Frames without a measurement: {repairs.get('interpolated_frames', 0):,} filled from their "
    text += f"neighbours in {plural(repairs.get('interpolated_sequences', 0), 'sequence')}, "
    return text + f"{repairs.get('cut_frames', 0):,} cut. "


def _energy(facts: dict) -> str:
    """What the PCA keeps of the frames of the subjects that trained and that tested, mean over a protocol's splits."""
    parts = []
    for protocol, splits in facts.get("energies", {}).items():
        train, test = (percent(100 * sum(s[side] for s in splits) / len(splits)) for side in ("train", "test"))
        several = f", mean of {plural(len(splits), 'split')}" if len(splits) > 1 else ""
        count = span([s["components"] for s in splits])
        parts.append(f"{protocol} ({count} components{several}): {train} % on training, {test} % on test subjects")
    return f" Energy of the described frames that the PCA keeps: {'; '.join(parts)}." if parts else ""


def provenance(metrics: list[dict], params: dict) -> Section:
    """What made the numbers: devices, versions, keys, and the floor of the loss."""
    seeds: dict[str, list[str]] = {}
    for name in (m["facts"]["dataset"] for m in metrics):
        own = params["datasets"].get(name, {}).get("seeds") or params["seeds"]
        seeds.setdefault(", ".join(map(str, own)), []).append(name)
    parts = [numbers if len(seeds) == 1 else f"{numbers} ({', '.join(names)})" for numbers, names in seeds.items()]
    lines = [_provenance(m["facts"]) for m in metrics]
    return Section("Where the numbers come from", paragraphs=[*lines, f"Seeds: {'; '.join(parts)}."])


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
        f"{measured.named(facts)}{mark}: made on {', '.join(facts.get('devices', [])) or 'an unrecorded device'}, with "
        f"{versions or 'unrecorded versions'}. Keys: {keys or 'none'}. Floor of the loss with "
        f"{len(facts['classes'])} classes: {floor}."
    )

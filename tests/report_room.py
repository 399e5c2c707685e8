"""Made-up metrics, predictions and traces, of skeletons and of videos: what the tests of the report share."""

import xml.etree.ElementTree as ElementTree

import numpy as np

from drnn.datasets import synthetic as skeletons
from drnn.datasets.kth_sequences import ACTIONS as KTH_ACTIONS
from drnn.datasets.layouts import MSR_20
from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.report import data
from drnn.report.figures.source import Source
from drnn.report.followed import Followed, RunFacts, Trace
from drnn.steps.shared.figure import figure

ACTIONS = [f"action {n}" for n in range(19)] + ["<script>alert(1)</script>"]
MEANS = {"lstm": 61.25, "drnn1": 63.5, "drnn2": 62.0}
MODELS = {name: {"order": n, "parameters": 1072900 + 328000 * n} for n, name in enumerate(MEANS)}
KTH_MEANS = {"lstm": 81.25, "drnn1": 83.5, "drnn2": 82.0}
SAMPLE = "sample, 20 of 599 videos"
SPLITS = [{"train": 384 - n % 2, "test": 215 + n % 2} for n in range(5)]
SVM = {"method": "pooled_svm", "segments": [1, 2], "chosen": [{"protocol": "odd_even_567", "split": 0, "C": 0.01}]}
SVM["chosen"][0]["left_out"] = 73.25
RECIPE = {"learning_rate": 1e-4, "epochs": 50, "loss": "last_frame"}


def typed(values):
    """The metrics of these values, such as ``metrics.values()`` after a change."""
    return Metrics.model_validate(values)


def measured(facts, means, tests):
    """Metrics of the shape that the evaluation writes; tests: protocol → (splits, seeds, test sequences)."""
    random, count = np.random.default_rng(0), len(facts["classes"])
    curves, results, comparisons = [], [], []
    floor = -np.log(np.e / (np.e + (count - 1) / np.e))
    for protocol, (splits, seeds, tested) in tests.items():
        for n, (model, mean) in enumerate(means.items()):
            loss = floor + 0.1 + (np.log(count) - floor - 0.1) * np.exp(-np.arange(50) / (12 - 2 * n))
            where = {"protocol": protocol, "recipe": "paper", "model": model}
            curves.append(where | {"mean": list(loss), "low": list(loss - 0.05), "high": list(loss + 0.05)})
            rates = random.dirichlet(np.full(count, 0.12), count) * 0.4 + 0.6 * np.eye(count)
            runs = splits * seeds
            result = {"runs": runs, "splits": splits, "seeds": seeds, "mean": mean, "std": 1.05 if runs > 1 else 0.0}
            result |= {"by_split": [mean + k - (splits - 1) / 2 for k in range(splits)]}
            result |= {"accuracies": [mean] * runs, "over": "subjects", "test_sequences": tested}
            result |= {"interval": [mean - 6.5, mean + 6.75]}
            results.append(where | result | {"confusion": rates.tolist(), "per_class": np.diag(100 * rates).tolist()})
        for better, baseline in (("drnn1", "lstm"), ("drnn2", "drnn1"), ("drnn2", "lstm")):
            pair = {"protocol": protocol, "recipe": "paper", "better": better, "baseline": baseline, "seeds": seeds}
            numbers = {"difference": means[better] - means[baseline], "p": 0.0571, "p_holm": 0.1714}
            comparisons.append(pair | numbers | UNDECIDED | over(splits))
    for name in facts["baselines"]:
        other = result | {"recipe": "baseline", "protocol": next(iter(tests)), "model": name, "mean": 74.25}
        results.append(other | {"seeds": 1, "runs": splits, "confusion": rates.tolist(), "per_class": []})
    return typed({"facts": facts | {"curves": curves}, "results": results, "comparisons": comparisons})


UNDECIDED = {"p_better": 0.4, "p_equivalent": 0.35, "p_worse": 0.25, "verdict": "undecided"}


def over(splits):
    """What a made-up interval speaks of."""
    kind, interval = ("splits", [-1.5, 4.25]) if splits > 2 else ("subjects", [-2.5, 6.25])
    return {"over": kind, "splits": splits, "interval": interval}


def fake_metrics(dataset="msr_action3d", synthetic=False):
    """Metrics of skeletons."""
    protocols = ["odd_even_567", "odd_even_557"]
    repairs = {"listed": 567, "excluded": {"a13_s09_e02": "all 38 frames are zero"}, "cut_frames": 740}
    repairs |= {"interpolated_sequences": 17, "interpolated_frames": 64}
    facts = {"dataset": dataset, "synthetic": synthetic, "classes": ACTIONS, "models": dict(MODELS)}
    facts |= {"baselines": {"svm": dict(SVM)}}
    facts |= {"source": "kth" if dataset.startswith("kth") else dataset, "settings": {"paper": dict(RECIPE)}}
    facts |= {"feature_size": 583, "hidden_size": 400, "protocols": protocols, "recipes": ["paper"]}
    facts |= {"sequences": {protocol: [{"train": 291, "test": 275}] for protocol in protocols}, "repairs": repairs}
    facts |= {"devices": ["cpu"], "versions": {"python": "3.11.7", "torch": "2.13.0"}}
    facts |= {"keys": {"features": ["0123abcd"]}}
    return measured(facts, MEANS, {protocol: (1, 5, 275) for protocol in protocols})


def fake_kth(dataset="kth1", synthetic=False, sample=None, means=KTH_MEANS):
    """Metrics of videos: five random splits and Schüldt's, one seed."""
    sizes = {name: {"order": n, "parameters": 597648 + 181800 * n} for n, name in enumerate(means)}
    repairs = {"listed": 599, "excluded": {}, "shortened_sequences": 2, "shortened_frames": 1065}
    sequences = {"random_16_9": SPLITS, "schuldt": [{"train": 383, "test": 216}]}
    energies = {"random_16_9": [{"components": 450, "train": 0.96 + 0.001 * n, "test": 0.85} for n in range(5)]}
    energies |= {"schuldt": [{"components": 450, "train": 0.961, "test": 0.842}]}
    facts = {"dataset": dataset, "synthetic": synthetic, "sample": sample, "classes": KTH_ACTIONS, "models": sizes}
    facts |= {"baselines": {}}
    facts |= {"source": "synthetic_kth" if synthetic else "kth", "settings": {"paper": dict(RECIPE)}}
    facts |= {"feature_size": 450, "hidden_size": 300, "protocols": list(sequences), "recipes": ["paper"]}
    facts |= {"sequences": sequences, "repairs": repairs, "energies": energies, "keys": {"features": ["4567cdef"]}}
    facts |= {"devices": ["cpu"], "versions": {"python": "3.11.7", "torch": "2.13.0"}}
    return measured(facts, means, {"random_16_9": (5, 1, [215, 216]), "schuldt": (1, 1, 216)})


def fake_trace():
    """A made-up performance, and made-up norms of two derivatives."""
    _, skeleton = next(skeletons.synthesise(2, 1, 0))
    facts = {"sequence": "a12_s02_e01", "action": "<script>alert(2)</script>", "model": "drnn2", "seed": 0}
    facts |= {"protocol": "odd_even_567", "recipe": "paper", "split": 0, "key": "0123abcd"}
    return Trace(facts=RunFacts(**facts), dos=norms(len(skeleton)), skeleton=skeleton, **figure(MSR_20))


def fake_video(frames=80):
    """A made-up video whose frame t is of grey t, and made-up norms of two derivatives."""
    facts = {"sequence": "person02_boxing_d1", "action": "boxing", "model": "drnn2", "seed": 0}
    facts |= {"protocol": "random_16_9", "recipe": "paper", "split": 0, "key": "4567cdef"}
    pictures = np.broadcast_to(np.arange(frames, dtype=np.uint8)[:, None, None], (frames, 120, 160))
    return Trace(facts=RunFacts(**facts), dos=norms(frames), pictures=pictures)


def fake_behaviour(lengths=(30, 1, 12, 44), order=2, motion="joints"):
    """What a made-up model does over test sequences: energies that grow with motion, gates that do not."""
    draw, offsets = np.random.default_rng(1), np.cumsum([0, *lengths])
    moves = draw.gamma(2.0, size=offsets[-1]).astype(np.float32)
    moves[offsets[:-1]] = 0
    dos = np.stack([moves**n + 0.1 for n in range(1, order + 1)], axis=1) if order else np.zeros((len(moves), 0))
    gates = draw.uniform(0.4, 0.6, size=(len(moves), 3))
    facts = {"dataset": "made up", "protocol": "odd_even_567", "recipe": "paper", "split": "0", "seed": "0"}
    facts |= {"model": "drnn2", "motion": motion, "key": "0123abcd", "units": 400}
    names, labels = np.array([f"s{n}" for n in range(len(lengths))]), np.arange(len(lengths))
    found = {"motion": moves, "dos": dos, "gates": gates, "offsets": offsets, "names": names, "labels": labels}
    found |= {"scores": draw.dirichlet(np.ones(len(ACTIONS)), len(moves)).astype(np.float16)}
    if motion == "joints":
        places = draw.normal(size=(20, 3)) + 0.1 * draw.normal(size=(len(moves), 20, 3)).cumsum(0)
        found |= {"joints": places.astype(np.float32)} | figure(MSR_20)
    return Followed(**found, classes=np.array(ACTIONS), facts=RunFacts.of(facts))


def fake_predictions(followed, seeds=5):
    """Runs of three models over a behaviour's sequences: drnn2 with seed 0 takes all but the first for their own."""
    names, labels = followed.names.tolist(), followed.labels.tolist()
    place, same = ("odd_even_567", "paper"), (tuple(names), (2,) * len(names), tuple(labels))
    runs = []
    for model in MEANS:
        for seed in range(seeds):
            wrong = [n % len(names) for n in range(seed + 1)]
            said = tuple((label + 1) % len(ACTIONS) if n in wrong else label for n, label in enumerate(labels))
            runs.append(Run(*place, model, 0, seed, "0123abcd", *same, said))
    return runs


def source(ran, trace=None, followed=None, runs=()):
    """What the figures of a dataset are drawn from."""
    dos = data.norms(trace or fake_trace())
    tables = {
        "dos": dos,
        "gains": data.class_gains(ran, runs),
        "behaviour": data.behaviour(followed or fake_behaviour()),
    }
    return Source(ran, tables)


def said(svg):
    """The texts of a figure, joined."""
    root = ElementTree.fromstring(svg)
    return " ".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))


def norms(frames):
    """Norms (T, 2) of two derivatives, with peaks."""
    v = 0.6 + 0.5 * np.abs(np.sin(np.arange(frames) / 4))
    return np.stack([v, 1.4 * np.abs(np.gradient(v)) + 0.2], axis=1)


def row(text, *starts):
    """Cells of the first Markdown row whose first cells are these."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return next(cells for cells in rows if cells[: len(starts)] == list(starts))

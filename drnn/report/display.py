"""Display names of datasets, protocols, recipes, models and baselines: a raw key stands nowhere that a reader looks.

The title is that of params.yaml; without one, of a model or a baseline what its block says, and of anything else the
paper's name for it (paper.yaml), or the key with spaces.
"""

from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.evaluation.facts import BaselineFacts, Facts, ModelFacts
from drnn.evaluation.selection import SearchFacts
from drnn.report.paper import paper

LAYERS = {"lstm": "torch LSTM", "gru": "torch GRU"}
TRUNCATIONS = {"dos": "", "strict": ", strict truncation", "none": ", full BPTT"}
METHODS = {
    "dtw": ("nearest neighbour", "DTW of joints", {"size": "one size", "view": "one view"}),
    "pooled_svm": ("linear SVM", "pooled features", {}),
}
"""Method of a baseline → what it is, on what, and what a value that is set adds."""


class Names:
    """The display names of a dataset and of what ran on it; of a search, of what it is about."""

    def __init__(self, facts: Facts | SearchFacts):
        self.facts = facts
        self._own = facts.titles

    @property
    def dataset(self) -> str:
        """MSR Action3D."""
        return self._own.dataset or self._of_paper() or spaced(self.facts.dataset)

    def _of_paper(self) -> str | None:
        """The paper's name of the dataset; None for made-up or other data that only has its key."""
        known = paper().datasets.get(self.facts.dataset)
        if known is None or isinstance(self.facts, SearchFacts):
            return known and known.title
        return known.title if known.source == self.facts.source and not self.facts.synthetic else None

    @property
    def titled(self) -> str:
        """The dataset with what has to stand beside its results: "KTH-1 (sample, 20 of 599 videos)"."""
        label = self.facts.label
        return f"{self.dataset} ({label})" if label else self.dataset

    def protocol(self, name: str) -> str:
        """odd/even subjects, 567 sequences."""
        return self._own.protocols.get(name) or protocol(name)

    def recipe(self, name: str) -> str:
        """as written; tuned, ensemble; or, of what has no recipe, non-recurrent baseline."""
        if name == BASELINE:
            return "non-recurrent baseline"
        plain = name.removesuffix(ENSEMBLE)
        title = self._own.recipes.get(plain) or recipe(plain)
        return title if plain == name else f"{title}, ensemble"

    def model(self, name: str) -> str:
        """dRNN, order 2; also of a baseline."""
        if title := self._own.models.get(name) or self._own.baselines.get(name):
            return title
        if isinstance(self.facts, SearchFacts):
            return paper().method(name) or spaced(name)
        if name in self.facts.baselines:
            return baseline(self.facts.baselines[name])
        block = self.facts.models[name]
        matched = block.as_large_as
        return model(block) + (f", as many parameters as {self._peer(matched)}" if matched else "")

    def _peer(self, name: str) -> str:
        known = self.facts.models.get(name)
        return self._own.models.get(name) or (model(known) if known else "another model")


def dataset(name: str) -> str:
    """The paper's name of a dataset, or its key as words."""
    known = paper().datasets
    return known[name].title if name in known else spaced(name)


def protocol(name: str) -> str:
    """The paper's name of a protocol, or its key as words."""
    return paper().titles.protocols.get(name) or spaced(name)


def recipe(name: str) -> str:
    """The paper's name of a recipe, or its key as words."""
    return paper().titles.recipes.get(name) or spaced(name)


def model(block: ModelFacts) -> str:
    """What a model is, from its block: layer, order and truncation."""
    if block.layer in LAYERS:
        return LAYERS[block.layer]
    size = "" if block.units == 1 else f", {block.units:g} of the units"
    return (f"dRNN, order {block.order}" if block.order else "LSTM") + TRUNCATIONS[block.truncation] + size


def baseline(block: BaselineFacts) -> str:
    """What a baseline is, from its block: "nearest neighbour (DTW of joints, one view)"."""
    if block.method not in METHODS:
        return spaced(block.method)
    kind, data, options = METHODS[block.method]
    if block.settings.get("centre") is False:
        data = "DTW of values"
    chosen = [words for name, words in options.items() if block.settings.get(name)]
    return f"{kind} ({', '.join([data, *chosen])})"


def spaced(name: str) -> str:
    """A key as words."""
    return name.replace("_", " ")


def capital(title: str) -> str:
    """A title at the start of a sentence or of a column's name."""
    return title[:1].upper() + title[1:]

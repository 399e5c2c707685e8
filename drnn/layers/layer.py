"""DRNN, the layer as a torch module."""

import warnings
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from drnn.layers import checks, forms, parameters
from drnn.layers.packing import packed_like, reversed_in_time
from drnn.layers.reference import TRUNCATIONS, Run, State, Truncation, Weights

REVERSE = "_reverse"


class DRNN(nn.Module):
    """A recurrent layer whose gates also see the derivatives of its states (DoS) up to an order N.

    Order 0 is the paper's LSTM, orders 1 and 2 its dRNNs. The equations, with their numbers and the
    meaning of ``truncation``, stand in :mod:`drnn.layers.reference`. What it shares with ``torch.nn.LSTM``
    has the same name and meaning.

    Args:
        input_size: n, values of a frame.
        hidden_size: m, units of the internal state.
        output_size: k, units of the output; for a classifier the number of classes.
        order: N ≥ 0.
        num_layers: layers, one on the outputs of the other; all but the last have m outputs.
        batch_first: x and z are (B, T, ·) in place of (T, B, ·); states are not affected.
        dropout: share of the outputs dropped between layers in training.
        bidirectional: a second layer reads each sequence from its end; its outputs stand behind the first's.
        truncation: ``"dos"`` (the paper's), ``"strict"`` or ``"none"``.
        implementation: ``"fused"`` is the fastest form for the dtype and device (:mod:`drnn.layers.forms`),
            ``"reference"`` the equations as they stand.
        check_nan: refuse an x with NaN; it costs a pass over x and, on a GPU, a wait.
        device, dtype: of the parameters.

    Raises:
        ValueError: a size below 1, a negative order, an unknown truncation or implementation, or
            a dropout outside 0 … 1.

    Shapes:
        ``z, state = layer(x, state=None, lengths=None)`` with x (T, B, n) and z (T, B, k), zero past each length,
        or both without B, or both a PackedSequence. The state is a pair: z (B, k) and the lags
        (N + 1, B, m) = s_t, s_{t−1}, … at each sequence's own end; with several layers or directions it is a tuple
        of such pairs, layer by layer, forward before reverse. ``return_dos=True`` adds ‖dⁿs_t‖₂ of the last layer for
        n = 1 … N, (T, B, N); with two directions concatenated.

    Parameters are those of :class:`drnn.layers.reference.Weights`; with several layers or directions their names end
    in ``_l{layer}`` and ``_reverse``. They start uniform in (−1/√m, 1/√m), as torch's own recurrent layers do (the
    paper is silent).

    >>> layer = DRNN(input_size=3, hidden_size=5, output_size=2, order=2)
    >>> z, (last, lags) = layer(torch.zeros(7, 4, 3), lengths=torch.tensor([7, 3, 1, 5]))
    >>> z.shape, last.shape, lags.shape
    (torch.Size([7, 4, 2]), torch.Size([4, 2]), torch.Size([3, 4, 5]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        order: int = 2,
        num_layers: int = 1,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        truncation: Truncation = "dos",
        implementation: Literal["fused", "reference"] = "fused",
        check_nan: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        words = {"truncation": (truncation, TRUNCATIONS), "implementation": (implementation, ("fused", "reference"))}
        checks.arguments(sizes | {"num_layers": num_layers}, order, words)
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout must be within 0 … 1, not {dropout}")
        if dropout and num_layers == 1:
            warnings.warn("dropout acts between layers, and num_layers is 1: it does nothing", stacklevel=2)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = output_size
        self.order = order
        self.num_layers = num_layers
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.truncation = truncation
        self.implementation = implementation
        self.check_nan = check_nan
        for level in range(num_layers):
            inputs = hidden_size * (1 + bidirectional) if level else input_size
            for suffix in self._suffixes(level):
                parameters.register(self, inputs, hidden_size, self._outputs(level), order, suffix, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter from the uniform distribution over (−1/√m, 1/√m)."""
        parameters.draw(self, self.hidden_size)

    @torch.no_grad()
    def set_forget_bias(self, value: float) -> None:
        """Set b_f of Eq (7), the second block of each ``bias``, to one value."""
        for level in range(self.num_layers):
            for suffix in self._suffixes(level):
                self._weights(suffix).bias[self.hidden_size : 2 * self.hidden_size] = value

    def initial_state(self, batch_size: int) -> State | tuple[State, ...]:
        """z = 0 and all lags 0, each a tensor of its own: states, outputs and derivatives start at rest."""
        pairs = self._rest(batch_size)
        return pairs[0] if len(pairs) == 1 else pairs

    def forward(
        self,
        x: Tensor | PackedSequence,
        state: State | tuple[State, ...] | None = None,
        *,
        lengths: Tensor | None = None,
        return_dos: bool = False,
    ):
        """Run over a batch; see the class for shapes.

        Raises:
            TypeError: x is no tensor.
            ValueError: x has another shape, dtype or device than the layer wants, or no frames; a length is not within
                1 … T; lengths come with a PackedSequence or without a batch; the state is of another size; or x has
                NaN and check_nan is set.
        """
        if isinstance(x, PackedSequence):
            return self._packed(x, state, lengths, return_dos)
        like = getattr(self, "bias" + self._suffixes(0)[0])
        shapes = ("(B, T, {})" if self.batch_first else "(T, B, {})", "(T, {})")
        x = checks.frames(x, shapes, self.input_size, like)
        if x.dim() == 2:
            return self._unbatched(x, state, lengths, return_dos)
        x = x.transpose(0, 1) if self.batch_first else x
        results = self._batch(x, state, lengths, return_dos)
        if self.batch_first:
            results = _sequences(results, lambda part: part.transpose(0, 1))
        return results

    def _packed(self, packed: PackedSequence, state, lengths: Tensor | None, return_dos: bool):
        """A PackedSequence in, PackedSequences out."""
        if lengths is not None:
            raise ValueError("a PackedSequence brings its own lengths: leave lengths out")
        x, lengths = pad_packed_sequence(packed)
        x = checks.frames(x, ("(T, B, {})",), self.input_size, getattr(self, "bias" + self._suffixes(0)[0]))
        results = self._batch(x, state, lengths, return_dos)
        return _sequences(results, lambda part: packed_like(packed, part, lengths))

    def _unbatched(self, x: Tensor, state, lengths: Tensor | None, return_dos: bool):
        """One sequence (T, n), and states without a dimension for the batch."""
        if lengths is not None:
            raise ValueError("an x (T, n) without a batch has one length: leave lengths out")
        if state is not None:
            rest = [tuple(part.squeeze(-2) for part in pair) for pair in self._rest(1)]
            shapes = [tuple(part.shape for part in pair) for pair in rest]
            pairs = checks.states(state, shapes, rest[0][0])
            pairs = tuple(tuple(part.unsqueeze(-2) for part in pair) for pair in pairs)
            state = pairs[0] if len(pairs) == 1 else pairs
        results = self._batch(x.unsqueeze(1), state, None, return_dos)
        results = _sequences(results, lambda part: part.squeeze(1))
        single = isinstance(results[1][0], Tensor)
        ends = [tuple(part.squeeze(-2) for part in pair) for pair in ([results[1]] if single else results[1])]
        return results[0], ends[0] if single else tuple(ends), *results[2:]

    def _batch(self, x: Tensor, state, lengths: Tensor | None, return_dos: bool):
        """Run over x (T, B, n)."""
        steps, batch, _ = x.shape
        if not steps:
            raise ValueError("x has no frames: a sequence has at least one")
        lengths = checks.lengths(lengths, steps, batch)
        states = self._rest(batch)
        if state is not None:
            shapes = [tuple(part.shape for part in pair) for pair in states]
            states = checks.states(state, shapes, states[0][0])
        if self.check_nan:
            checks.no_nan(x, lengths)
        with checks.no_autocast(x):
            runs = self._run(x, lengths, states)
        above = runs[-len(self._suffixes(0)) :]
        ends = tuple(run.end for run in runs)
        results = (_joined([run.z for run in above]), ends[0] if len(ends) == 1 else ends)
        if not return_dos:
            return results
        ways = zip(above, self._suffixes(self.num_layers - 1), strict=True)
        return *results, _joined([self._norms(run.history(), lengths, suffix) for run, suffix in ways])

    def _run(self, x: Tensor, lengths: Tensor | None, states: tuple[State, ...]) -> list[Run]:
        """Of each layer and direction."""
        runs = []
        for level in range(self.num_layers):
            if level:
                x = nn.functional.dropout(x, self.dropout, self.training)
            suffixes = self._suffixes(level)
            weights = [self._weights(suffix) for suffix in suffixes]
            starts = states[len(runs) : len(runs) + len(suffixes)]
            reverse = [suffix.endswith(REVERSE) for suffix in suffixes]
            found = forms.drnns(x, weights, lengths, starts, reverse, self.truncation, self.implementation)
            runs += found
            if level < self.num_layers - 1:
                x = _joined([run.z for run in found])
        return runs

    def _rest(self, batch: int) -> tuple[State, ...]:
        """z = 0 and lags = 0 of each layer and direction."""
        pairs = []
        for level in range(self.num_layers):
            for suffix in self._suffixes(level):
                like = getattr(self, "bias" + suffix)
                z = like.new_zeros(batch, self._outputs(level))
                pairs.append((z, like.new_zeros(self.order + 1, batch, self.hidden_size)))
        return tuple(pairs)

    def _norms(self, history: Tensor, lengths: Tensor | None, suffix: str) -> Tensor:
        """‖dⁿs_t‖₂ for n = 1 … N, (T, B, N), of the states s_{−N} … s_T."""
        steps = len(history) - self.order - 1
        history = history.detach()
        norms = [history.diff(n, 0)[-steps:].norm(dim=2) for n in range(1, self.order + 1)]
        norms = torch.stack(norms, 2) if norms else history.new_zeros(steps, history.shape[1], 0)
        if lengths is not None:
            norms = norms.masked_fill((torch.arange(steps)[:, None] >= lengths)[..., None].to(norms.device), 0)
        return reversed_in_time(norms, lengths) if suffix.endswith(REVERSE) else norms

    def _suffixes(self, level: int) -> list[str]:
        """What the names of a layer's parameters end in, for each direction."""
        if self.num_layers == 1 and not self.bidirectional:
            return [""]
        return [f"_l{level}{way}" for way in ("", REVERSE)[: 1 + self.bidirectional]]

    def _weights(self, suffix: str) -> Weights:
        return Weights(*[getattr(self, name + suffix) for name in Weights._fields])

    def _outputs(self, level: int) -> int:
        return self.output_size if level == self.num_layers - 1 else self.hidden_size

    def extra_repr(self) -> str:
        """The arguments, without those left at their defaults."""
        defaults = {"num_layers": 1, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        defaults |= {"truncation": "dos", "implementation": "fused", "check_nan": False}
        sizes = f"{self.input_size}, {self.hidden_size}, {self.output_size}, order={self.order}"
        chosen = {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}
        return ", ".join([sizes, *(f"{name}={value!r}" for name, value in chosen.items())])


def _sequences(results: tuple, change) -> tuple:
    """Change z and the norms, and leave the state between them."""
    return tuple(part if position == 1 else change(part) for position, part in enumerate(results))


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(tuple(parts), 2)

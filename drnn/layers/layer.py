"""DRNN, the layer as a torch module."""

import warnings
from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from drnn.layers import checks, parameters, recurrence, reference
from drnn.layers.packing import packed_like, reversed_in_time
from drnn.layers.reference import TRUNCATIONS, State, Truncation, Weights

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
        implementation: ``"fused"`` is :mod:`drnn.layers.recurrence` (for `dos`; the other truncations, and
            torch.compile and torch.export, take the reference), ``"reference"`` the equations as they stand.
            An export is for sequences of one length: it takes no ``lengths``.
        check_nan: refuse an x with NaN; it costs a pass over x and, on a GPU, a wait.

    Raises:
        ValueError: a size below 1, a negative order, an unknown truncation or implementation, or
            a dropout outside 0 … 1.

    Shapes:
        ``z, state = layer(x, lengths=None, state=None)`` with x (T, B, n) and z (T, B, k), zero past each
        length, or both a PackedSequence. The state is a pair: z (B, k) and the lags (N + 1, B, m) = s_t, s_{t−1}, …
        at each sequence's own end; with several layers or directions it is a tuple of such pairs, layer by
        layer, forward before reverse. ``return_dos=True`` adds ‖dⁿs_t‖₂ of the last layer for n = 1 … N, (T, B, N);
        with two directions one behind the other.

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
    ):
        super().__init__()
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        words = {"truncation": (truncation, TRUNCATIONS), "implementation": (implementation, ("fused", "reference"))}
        checks.arguments(sizes | {"num_layers": num_layers}, order, words)
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout must be within 0 … 1, not {dropout}")
        if dropout and num_layers == 1:
            warnings.warn("dropout acts between layers, and num_layers is 1: it does nothing", stacklevel=2)
        self.input_size, self.hidden_size, self.output_size = input_size, hidden_size, output_size
        self.order, self.truncation, self.implementation = order, truncation, implementation
        self.num_layers, self.bidirectional, self.dropout = num_layers, bidirectional, dropout
        self.batch_first, self.check_nan = batch_first, check_nan
        for level in range(num_layers):
            inputs = hidden_size * (1 + bidirectional) if level else input_size
            for suffix in self._suffixes(level):
                parameters.register(self, inputs, hidden_size, self._outputs(level), order, suffix)
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
        """z = 0 and all lags 0: states, outputs and derivatives start at rest."""
        like = next(self.parameters())
        lags = like.new_zeros(self.order + 1, batch_size, self.hidden_size)
        levels = range(self.num_layers)
        pairs = [(like.new_zeros(batch_size, self._outputs(j)), lags) for j in levels for _ in self._suffixes(j)]
        return pairs[0] if len(pairs) == 1 else tuple(pairs)

    def forward(
        self,
        x: Tensor | PackedSequence,
        lengths: Tensor | None = None,
        state: State | tuple[State, ...] | None = None,
        return_dos: bool = False,
    ):
        """Run over a batch; see the class for shapes.

        Raises:
            ValueError: x has another shape, dtype or device than the layer wants, a length is not within 1 … T,
                lengths come with a PackedSequence, the state is of another size, or x has NaN and check_nan is set.
        """
        packed = x if isinstance(x, PackedSequence) else None
        if packed is not None:
            if lengths is not None:
                raise ValueError("a PackedSequence brings its own lengths: leave lengths out")
            x, lengths = pad_packed_sequence(packed)
        batch_first = self.batch_first and packed is None
        x = checks.batch(x, self.input_size, next(self.parameters()), batch_first)
        x = x.transpose(0, 1) if batch_first else x
        lengths = checks.lengths(lengths, *x.shape[:2])
        states = checks.states(state, self.initial_state(x.shape[1]))
        if self.check_nan:
            checks.no_nan(x, lengths)

        with checks.no_autocast(x):
            z, ends, histories = self._run(x, lengths, iter(states))
        results = [z, ends[0] if len(ends) == 1 else tuple(ends)]
        if return_dos:
            ways = zip(histories, self._suffixes(self.num_layers - 1), strict=True)
            results.append(_joined([self._norms(history, lengths, suffix) for history, suffix in ways]))
        for position in range(0, len(results), 2):
            if packed is not None:
                results[position] = packed_like(packed, results[position], lengths)
            elif batch_first:
                results[position] = results[position].transpose(0, 1)
        return tuple(results)

    def _run(self, x: Tensor, lengths: Tensor | None, states: Iterator[State]):
        """All layers: the last one's outputs, the end state of each layer and direction, the last one's states."""
        fused = self.implementation == "fused" and not torch.compiler.is_compiling()
        run, ends = recurrence.drnns if fused else reference.drnns, []
        for level in range(self.num_layers):
            if level:
                x = nn.functional.dropout(x, self.dropout, self.training)
            suffixes = self._suffixes(level)
            weights, starts = [self._weights(suffix) for suffix in suffixes], list(islice(states, len(suffixes)))
            reverse = [suffix.endswith(REVERSE) for suffix in suffixes]
            outputs, histories = zip(*run(x, weights, lengths, starts, reverse, self.truncation), strict=True)
            ends += map(_end, outputs, histories, repeat(lengths), reverse)
            x = _joined(outputs)
        return x, ends, histories

    def _norms(self, history: Tensor, lengths: Tensor | None, suffix: str) -> Tensor:
        """‖dⁿs_t‖₂ for n = 1 … N, (T, B, N), of the states s_{−N} … s_T."""
        steps, history = len(history) - self.order - 1, history.detach()
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
        return Weights(*(getattr(self, name + suffix) for name in Weights._fields))

    def _outputs(self, level: int) -> int:
        return self.output_size if level == self.num_layers - 1 else self.hidden_size

    def extra_repr(self) -> str:
        """The arguments, without those left at their defaults."""
        defaults = {"num_layers": 1, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        defaults |= {"truncation": "dos", "implementation": "fused", "check_nan": False}
        sizes = f"{self.input_size}, {self.hidden_size}, {self.output_size}, order={self.order}"
        chosen = {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}
        return ", ".join([sizes, *(f"{name}={value!r}" for name, value in chosen.items())])


def _end(z: Tensor, history: Tensor, lengths: Tensor | None, reverse: bool) -> State:
    """z and the lags, newest first, of the frame that is read last; ``history`` is s_{−N} … s_T."""
    order = len(history) - len(z) - 1
    if lengths is None:
        return z[0 if reverse else -1], history[-order - 1 :].flip(0)
    lengths, rows = lengths.to(z.device), torch.arange(z.shape[1], device=z.device)
    newest_first = lengths + order - torch.arange(order + 1, device=z.device)[:, None]
    return z[0] if reverse else z[lengths - 1, rows], history[newest_first, rows]


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(tuple(parts), 2)

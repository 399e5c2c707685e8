"""The differential recurrent network as its equations say it: slow, plain, and the oracle for any faster form.

Veeriah, Zhuang, Qi, "Differential Recurrent Neural Networks for Action Recognition", ICCV 2015, Sec. 3.
With x_t ∈ Rⁿ, the internal state s_t ∈ Rᵐ, the output z_t ∈ Rᵏ and the derivatives of states
d⁰s_t = s_t, dⁿs_t = dⁿ⁻¹s_t − dⁿ⁻¹s_{t−1}:

    i_t = σ( Σₙ W_id⁽ⁿ⁾ dⁿs_{t−1} + W_iz z_{t−1} + W_ix x_t + b_i )        (6)
    f_t = σ( Σₙ W_fd⁽ⁿ⁾ dⁿs_{t−1} + W_fz z_{t−1} + W_fx x_t + b_f )        (7)
    s_t = f_t ⊙ s_{t−1} + i_t ⊙ tanh( W_sz z_{t−1} + W_sx x_t + b_s )      (4)
    o_t = σ( Σₙ W_od⁽ⁿ⁾ dⁿs_t + W_oz z_{t−1} + W_ox x_t + b_o )            (8)
    z_t = o_t ⊙ tanh( W_zs s_t + b_z )                                     (5)
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

Truncation = Literal["dos", "strict", "none"]
State = tuple[Tensor, Tensor]


class Weights(NamedTuple):
    """The parameters of one layer; row blocks in the order i, f, s, o."""

    weight_x: Tensor  # (3m + k, n)        W_ix, W_fx, W_sx, W_ox
    weight_z: Tensor  # (3m + k, k)        W_iz, W_fz, W_sz, W_oz
    bias: Tensor  # (3m + k)               b_i, b_f, b_s, b_o
    weight_dos: Tensor  # (N + 1, 2m, m)   W_id⁽ⁿ⁾, W_fd⁽ⁿ⁾
    weight_dos_out: Tensor  # (N + 1, k, m)  W_od⁽ⁿ⁾
    weight_out: Tensor  # (k, m)           W_zs
    bias_out: Tensor  # (k)                b_z


def derivatives_of_states(lags: Tensor) -> list[Tensor]:
    """d⁰s_t … dᴺs_t by repeated differences of the lags s_t, s_{t−1}, …, s_{t−N}.

    Args:
        lags: (N + 1, B, m), the newest state first.

    Returns:
        N + 1 tensors (B, m).
    """
    derivatives = []
    while len(lags):
        derivatives.append(lags[0])
        lags = lags[:-1] - lags[1:]
    return derivatives


def truncated(derivatives: list[Tensor], truncation: Truncation) -> list[Tensor]:
    """Stop errors from flowing back: `dos` through dⁿs for n ≥ 1, `strict` through s too, `none` nowhere."""
    first = {"strict": 0, "dos": 1, "none": len(derivatives)}[truncation]
    return [d.detach() if n >= first else d for n, d in enumerate(derivatives)]


def drnn(
    x: Tensor, weights: Weights, lengths: Tensor, state: State, truncation: Truncation = "dos"
) -> tuple[Tensor, State, Tensor]:
    """Run the layer over a batch of sequences.

    Args:
        x: (T, B, n) inputs; what lies past a sequence's length is not read.
        weights: the parameters; the order N is the number of matrices in ``weight_dos`` less one.
        lengths: (B,) frames of each sequence, 1 to T, on x's device.
        state: z (B, k) and the lags (N + 1, B, m) = s_0, s_{−1}, …, from which the sequences go on.
        truncation: `dos` is the paper's: no error flows back through dⁿs, n ≥ 1, in the gates. `strict` also
            cuts s_{t−1} and z_{t−1} in the gates and s_t in the output gate, and z_{t−1} in the state, so that
            errors travel along Eq (4)'s s_{t−1} alone. `none` is the full gradient.

    Returns:
        z (T, B, k), zero past each length; the state at each sequence's own end; and the norms
        ‖dⁿs_t‖₂ for n = 1 … N, (T, B, N), zero past each length.
    """
    steps, batch, _ = x.shape
    k, m = weights.weight_out.shape
    order = len(weights.weight_dos) - 1
    z, lags = state
    states, outputs, norms = list(lags.flip(0).unbind()), [], []

    alive = torch.arange(steps, device=x.device)[:, None, None] < lengths[:, None]  # (T, B, 1)
    from_x = linear(torch.where(alive, x, 0), weights.weight_x, weights.bias)  # for all frames at once
    for t in range(steps):
        before = truncated(derivatives_of_states(torch.stack(states[: -order - 2 : -1])), truncation)
        if truncation == "strict":
            z = z.detach()
        gates, candidate, output_gate = (from_x[t] + linear(z, weights.weight_z)).split([2 * m, m, k], dim=1)
        for d, weight in zip(before, weights.weight_dos, strict=True):
            gates = gates + linear(d, weight)
        i, f = gates.sigmoid().chunk(2, dim=1)  # (6), (7)
        s = f * states[-1] + i * candidate.tanh()  # (4)
        states.append(s)

        now = derivatives_of_states(torch.stack(states[: -order - 2 : -1]))
        norms.append(torch.stack([d.detach().norm(dim=1) for d in now[1:]], 1) if order else x.new_zeros(batch, 0))
        for d, weight in zip(truncated(now, truncation), weights.weight_dos_out, strict=True):
            output_gate = output_gate + linear(d, weight)
        z = output_gate.sigmoid() * linear(s, weights.weight_out, weights.bias_out).tanh()  # (8), (5)
        outputs.append(z)

    outputs = torch.stack(outputs)
    rows = torch.arange(batch, device=x.device)
    last = torch.stack(states)[lengths + order - torch.arange(order + 1, device=x.device)[:, None], rows]
    end = outputs[lengths - 1, rows], last  # z_T and s_T, s_{T−1}, …
    return torch.where(alive, outputs, 0), end, torch.where(alive, torch.stack(norms), 0)

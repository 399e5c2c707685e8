"""The recurrence of drnn.layers.reference with a backward pass written by hand: the form that trains.

Three things make it fast. (a) All products with x, and all gradients of weights, are one matrix product over
all frames. (b) Σₙ W⁽ⁿ⁾ dⁿs_t is written in the lags, dⁿs_t = Σⱼ (−1)ʲ C(n, j) s_{t−j}, so that with

    W̃⁽ʲ⁾ = (−1)ʲ Σ_{n≥j} C(n, j) W⁽ⁿ⁾,    Σₙ W⁽ⁿ⁾ dⁿs_t = Σⱼ W̃⁽ʲ⁾ s_{t−j},

one product with a window of a buffer of states serves all orders. (c) Sequences are sorted by length, and a
sequence that has ended takes no more part. Truncation is the paper's (`dos`).
"""

from math import comb

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from drnn.layers.reference import State, Weights, derivatives_of_states


def drnn(x: Tensor, weights: Weights, lengths: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
    """As :func:`drnn.layers.reference.drnn` with ``truncation="dos"``; same arguments, shapes and results."""
    steps, batch, _ = x.shape
    order = len(weights.weight_dos) - 1
    lengths, by_length = lengths.cpu().sort(descending=True)
    by_length = by_length.to(x.device)
    active = (lengths[None] > torch.arange(steps)[:, None]).sum(1).tolist()  # sequences still running at t
    alive = (torch.arange(steps)[:, None, None] < lengths[:, None]).to(x.device)
    x = torch.where(alive, x.index_select(1, by_length), 0)
    z, lags = (part.index_select(-2, by_length) for part in state)

    outputs, states = _Recurrence.apply(x, *weights, z, lags, active)
    rows = torch.arange(batch, device=x.device)
    lengths = lengths.to(x.device)
    newest_first = lengths + order - torch.arange(order + 1, device=x.device)[:, None]
    dos = _norms(states.detach(), order, alive)

    restored = by_length.argsort()
    end = (
        outputs[lengths - 1, rows].index_select(0, restored),
        states[newest_first, rows].index_select(1, restored),
    )
    return outputs.index_select(1, restored), end, dos.index_select(1, restored)


def _norms(states: Tensor, order: int, alive: Tensor) -> Tensor:
    """‖dⁿs_t‖₂ for n = 1 … N, (T, B, N), from the states s_{−N} … s_T, (T + N + 1, B, m)."""
    steps = len(states) - order - 1
    lags = [states[order + 1 - j : order + 1 - j + steps] for j in range(order + 1)]
    norms = [d.norm(dim=-1) for d in derivatives_of_states(torch.stack(lags))[1:]] if order else []
    return torch.where(alive, torch.stack(norms, -1), 0) if order else states.new_zeros(*alive.shape[:2], 0)


def _signed_binomials(order: int, like: Tensor) -> Tensor:
    """(N + 1, N + 1): entry (j, n) is (−1)ʲ C(n, j)."""
    rows = [[(-1) ** j * comb(n, j) for n in range(order + 1)] for j in range(order + 1)]
    return torch.tensor(rows, dtype=like.dtype, device=like.device)


def _window_weight(weight: Tensor) -> Tensor:
    """((N + 1)m, r): what multiplies a window s_{t−N}, …, s_t of states, from W⁽ⁿ⁾ (N + 1, r, m)."""
    by_lag = torch.tensordot(_signed_binomials(len(weight) - 1, weight), weight, dims=1)
    return by_lag.flip(0).transpose(1, 2).reshape(-1, weight.shape[1]).contiguous()


class _Recurrence(Function):
    """(x, weights, z_0, lags) → (z (T, B, k), states s_{−N} … s_T (T + N + 1, B, m)); zero past a length."""

    @staticmethod
    def forward(ctx, x, weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out, z0, lags, active):
        (steps, batch, _), (k, m), lag_count = x.shape, weight_out.shape, len(weight_dos)
        gates = torch.addmm(bias, x.flatten(0, 1), weight_x.t()).view(steps, batch, -1)  # i, f, s_{t−½}, o
        heads = x.new_zeros(steps, batch, 2 * k)  # o_t and tanh(W_zs s_t + b_z)
        heads[..., k:] = bias_out
        states = x.new_zeros(batch, steps + lag_count, m)
        states[:, :lag_count] = lags.flip(0).transpose(0, 1)
        outputs = x.new_zeros(steps + 1, batch, k)
        outputs[0] = z0

        to_gates = _window_weight(weight_dos)
        to_output_gate, to_output = _window_weight(weight_dos_out), torch.zeros(lag_count * m, k).to(x)
        to_output[-m:] = weight_out.t()
        to_heads, from_z = torch.cat([to_output_gate, to_output], 1), weight_z.t().contiguous()
        flat = states.view(batch, -1)
        for t, b in enumerate(active):
            if b == 0:
                break
            before, after = (flat[:b, u * m : (u + lag_count) * m] for u in (t, t + 1))
            gate, head, s = gates[t, :b], heads[t, :b], states[:b, t + lag_count]
            gate.addmm_(outputs[t, :b], from_z)
            i_f = gate[:, : 2 * m].addmm_(before, to_gates).sigmoid_()  # (6), (7)
            candidate = gate[:, 2 * m : 3 * m].tanh_()
            torch.mul(i_f[:, m:], states[:b, t + lag_count - 1], out=s).addcmul_(i_f[:, :m], candidate)  # (4)
            head.addmm_(after, to_heads)
            o = head[:, :k].add_(gate[:, 3 * m :]).sigmoid_()  # (8)
            torch.mul(o, head[:, k:].tanh_(), out=outputs[t + 1, :b])  # (5)

        ctx.active = active
        ctx.save_for_backward(
            x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, gates, heads, states, outputs
        )
        return outputs[1:], states.transpose(0, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_outputs, grad_states):
        x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, gates, heads, states, outputs = ctx.saved_tensors
        (steps, batch, _), (k, m), lag_count = x.shape, weight_out.shape, len(weight_dos)
        states = states.transpose(0, 1).contiguous()  # (T + N + 1, B, m)
        d_gates, d_heads = _local_derivatives(gates, heads, states[lag_count - 1 : -1])
        for t, b in enumerate(ctx.active):
            d_gates[t, b:], d_heads[t, b:] = 0, 0

        from_heads = torch.cat([weight_dos_out[0], weight_out])  # only d⁰s_t lets errors through
        from_i_f = torch.cat([weight_dos[0], weight_z[: 2 * m]], 1)  # to s_{t−1} and z_{t−1} at once
        from_s_o = weight_z[2 * m :].contiguous()
        grad_states = grad_states.clone()
        grad = x.new_zeros(batch, m + k)  # of s_t and z_t
        for t in range(steps - 1, -1, -1):
            b = ctx.active[t]
            if b == 0:
                continue
            grad_s, grad_z, d_gate, d_head = grad[:b, :m], grad[:b, m:], d_gates[t, :b], d_heads[t, :b]
            grad_z += grad_outputs[t, :b]
            grad_s += grad_states[t + lag_count, :b]
            d_head.view(b, 2, k).mul_(grad_z.unsqueeze(1))
            grad_s.addmm_(d_head, from_heads)
            d_gate[:, : 3 * m].view(b, 3, m).mul_(grad_s.unsqueeze(1))
            d_gate[:, 3 * m :] = d_head[:, :k]
            grad_s *= gates[t, :b, m : 2 * m]
            grad_z.zero_().addmm_(d_gate[:, 2 * m :], from_s_o)
            grad[:b].addmm_(d_gate[:, : 2 * m], from_i_f)
        grad_lags = grad_states[:lag_count].flip(0)
        grad_lags[0] += grad[:, :m]
        return _weight_gradients(ctx, x, weight_x, states, outputs, d_gates, d_heads, grad[:, m:], grad_lags)


def _local_derivatives(gates: Tensor, heads: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """∂s_t/∂(pre-activations of i, f, s_{t−½}) and ∂z_t/∂(those of o and of the output), for all frames at once."""
    m, k = before.shape[-1], heads.shape[-1] // 2
    i, f, candidate, _ = gates.split([m, m, m, k], dim=-1)
    o, h = heads.split(k, dim=-1)
    d_gates, d_heads = torch.empty_like(gates), torch.empty_like(heads)
    torch.mul(i * (1 - i), candidate, out=d_gates[..., :m])
    torch.mul(f * (1 - f), before, out=d_gates[..., m : 2 * m])
    torch.mul(1 - candidate**2, i, out=d_gates[..., 2 * m : 3 * m])
    torch.mul(o * (1 - o), h, out=d_heads[..., :k])
    torch.mul(1 - h**2, o, out=d_heads[..., k:])
    return d_gates, d_heads


def _weight_gradients(ctx, x, weight_x, states, outputs, d_gates, d_heads, grad_z0, grad_lags):
    """The gradients of forward's arguments from those of the pre-activations: one product a parameter and lag."""
    (steps, batch, n), m, k, lag_count = x.shape, states.shape[-1], outputs.shape[-1], len(states) - len(x)
    d_gates, d_heads = d_gates.view(steps * batch, -1), d_heads.view(steps * batch, -1)

    def along_lags(d: Tensor, newest: int) -> Tensor:
        lags = [states[newest - j : newest - j + steps].view(steps * batch, m) for j in range(lag_count)]
        by_lag = torch.stack([d.t() @ lag for lag in lags])
        return torch.tensordot(_signed_binomials(lag_count - 1, by_lag).t(), by_lag, dims=1)

    grad_x = (d_gates @ weight_x).view_as(x) if ctx.needs_input_grad[0] else None
    return (
        grad_x,
        d_gates.t() @ x.view(steps * batch, n),
        d_gates.t() @ outputs[:-1].view(steps * batch, k),
        d_gates.sum(0),
        along_lags(d_gates[:, : 2 * m], lag_count - 1),
        along_lags(d_heads[:, :k], lag_count),
        d_heads[:, k:].t() @ states[lag_count:].view(steps * batch, m),
        d_heads[:, k:].sum(0),
        grad_z0,
        grad_lags,
        None,
    )

"""The layer where torch's own modules go: compiled, exported, traced, mapped, copied to workers, frozen, pruned."""

import importlib.util

import pytest
import torch
import torch._dynamo.testing
from layer_room import close
from torch import nn
from torch.nn.utils import parametrizations, prune
from torch.utils.checkpoint import checkpoint

from drnn import layers

KINDS = [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind) or "default")
ragged = pytest.mark.parametrize("ragged", [False, True])


def draw(steps=6, batch=3, **kind):
    """A layer, x and lengths."""
    torch.manual_seed(0)
    layer = layers.DRNN(3, 4, 2, **kind)
    x = torch.randn(steps, batch, 3)
    return layer, x.transpose(0, 1) if layer.batch_first else x, torch.arange(batch) % steps + 1


@ragged
@every_kind
def test_a_compiled_layer_is_one_graph_and_is_not_compiled_again_for_more_frames(kind, ragged):
    torch.compiler.reset()
    counter = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
    layer, *_ = draw(**kind)
    fast = torch.compile(layer, fullgraph=True, backend=counter)
    for steps in (5, 7, 9, 11):
        _, x, lengths = draw(steps, **kind)
        given = {"lengths": lengths} if ragged else {}
        for run in (layer, fast):
            layer.zero_grad()
            z, state = run(x, **given)
            z.square().sum().backward()
            found = [z, state, *(p.grad.clone() for p in layer.parameters())]
            if run is layer:
                expected = found
        close(found, expected, atol=0)
        if steps == 7:
            compiled = counter.frame_count  # the first for 5 frames, the second for any number
    assert counter.frame_count == compiled <= 2


@ragged
@every_kind
def test_an_exported_layer_takes_any_number_of_frames_and_lengths(kind, ragged):
    layer, x, lengths = draw(**kind)
    steps = torch.export.Dim("steps", min=2, max=1000)
    frames = 1 if layer.batch_first else 0
    given = {"lengths": lengths} if ragged else {}
    dynamic = {"x": {frames: steps}} | ({"lengths": None} if ragged else {})
    program = torch.export.export(layer.eval(), (x,), given, dynamic_shapes=dynamic).module()
    for count in (6, 4, 11):
        _, other, lengths = draw(count, **kind)
        given = {"lengths": lengths} if ragged else {}
        close(program(other, **given), layer(other, **given), atol=0)


@every_kind
def test_a_traced_layer_gives_the_layers_outputs(kind):
    layer, x, _ = draw(**kind)
    traced = torch.jit.trace(layer.eval(), (x,))
    close(traced(-2 * x), layer(-2 * x), atol=0)


@every_kind
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime")),
    reason="no ONNX: pip install -c constraints.txt -e '.[workflow,test]'",
)
def test_an_onnx_model_gives_the_layers_outputs(kind, tmp_path):
    import onnxruntime

    layer, x, _ = draw(**kind)
    torch.onnx.export(layer.eval(), (x,), tmp_path / "layer.onnx", dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(tmp_path / "layer.onnx")
    (name,) = (entry.name for entry in session.get_inputs())
    found = session.run(None, {name: (-2 * x).numpy()})
    expected = torch.utils._pytree.tree_leaves(layer(-2 * x))
    for one, other in zip(found, expected, strict=True):
        close(torch.from_numpy(one), other, atol=1e-5)


def test_a_compiled_layer_refuses_lengths_that_are_not_within_the_frames():
    layer, x, _ = draw()
    fast = torch.compile(layer, fullgraph=True, backend="aot_eager")
    for wrong in ([0, 6, 6], [7, 6, 6]):
        with pytest.raises(ValueError, match="within 1 … 6"):
            fast(x, lengths=torch.tensor(wrong))


def test_a_functional_call_and_its_gradient_are_the_layers():
    layer, x, lengths = draw()
    weights = {name: parameter.detach() for name, parameter in layer.named_parameters()}

    def loss(weights):
        return torch.func.functional_call(layer, weights, (x,), {"lengths": lengths})[0].square().sum()

    found = torch.func.grad(loss)(weights)
    layer(x, lengths=lengths)[0].square().sum().backward()
    close(found, {name: parameter.grad for name, parameter in layer.named_parameters()}, atol=1e-6)


def test_a_map_over_models_and_over_inputs_is_a_loop_over_them():
    several = [draw()[0] for _ in range(3)]
    for number, layer in enumerate(several):
        torch._foreach_mul_([parameter.data for parameter in layer.parameters()], 1 + number)
    weights, _ = torch.func.stack_module_state(several)
    x = torch.randn(3, 6, 2, 3)

    def loss(weights, x):
        return torch.func.functional_call(several[0], weights, (x,))[0].square().sum()

    losses = torch.func.vmap(loss)(weights, x)
    close(losses, torch.stack([layer(one)[0].square().sum() for layer, one in zip(several, x, strict=True)]), atol=1e-6)
    gradients = torch.func.vmap(torch.func.grad(loss))(weights, x)
    losses = [layer(one)[0].square().sum() for layer, one in zip(several, x, strict=True)]
    for number, (layer, value) in enumerate(zip(several, losses, strict=True)):
        value.backward()
        for name, parameter in layer.named_parameters():
            close(gradients[name][number], parameter.grad, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])  # of the kernel, and of the batched form
def test_a_gradient_penalty_is_refused_and_by_the_reference_it_is_right(dtype):
    layer, x, _ = draw()
    layer = layer.to(dtype)
    x = x.to(dtype)
    (gradient,) = torch.autograd.grad(layer(x.requires_grad_())[0].sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="implementation='reference'"):
        gradient.square().sum().backward()
    layer.implementation = "reference"
    (gradient,) = torch.autograd.grad(layer(x)[0].sum(), x, create_graph=True)
    gradient.square().sum().backward()
    assert layer.weight_x.grad.any()


def test_a_checkpointed_layer_has_the_same_gradients():
    layer, x, _ = draw()
    layer(x)[0].square().sum().backward()
    expected = [parameter.grad.clone() for parameter in layer.parameters()]
    layer.zero_grad()
    checkpoint(layer, x, use_reentrant=False)[0].square().sum().backward()
    close([parameter.grad for parameter in layer.parameters()], expected, atol=0)


@every_kind
def test_a_copy_of_data_parallel_which_has_no_parameters_runs(kind):
    layer, x, _ = draw(**kind)
    replica = layer._replicate_for_data_parallel()
    for name, parameter in layer.named_parameters():
        setattr(replica, name, parameter.detach().clone())
    assert not list(replica.parameters())
    close(replica(x), layer(x), atol=0)
    close(nn.DataParallel(layer)(x), layer(x), atol=0)


def test_distributed_data_parallel_trains_the_layer(tmp_path):
    layer, x, lengths = draw()
    layer(x, lengths=lengths)[0].square().sum().backward()
    expected = [parameter.grad.clone() for parameter in layer.parameters()]
    layer.zero_grad()
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        parallel = nn.parallel.DistributedDataParallel(layer)
        parallel(x, lengths=lengths)[0].square().sum().backward()
    finally:
        torch.distributed.destroy_process_group()
    close([parameter.grad for parameter in layer.parameters()], expected, atol=0)


def test_pruned_and_parametrised_weights_are_those_that_run():
    layer, x, _ = draw()
    prune.random_unstructured(layer, "weight_x", amount=0.5)
    plain, *_ = draw()
    plain.weight_x.data[:] = layer.weight_x
    close(layer(x), plain(x), atol=0)
    layer, *_ = draw()
    parametrizations.weight_norm(layer, "weight_z")
    layer(x)[0].sum().backward()
    assert layer.parametrizations.weight_z.original0.grad is not None


def test_device_and_dtype_are_those_asked_for():
    layer = layers.DRNN(3, 4, 2, device="meta", dtype=torch.float64)
    assert {(p.device.type, p.dtype) for p in layer.parameters()} == {("meta", torch.float64)}
    cell = layers.DRNNCell(3, 4, 2, device="meta", dtype=torch.float64)
    assert {(p.device.type, p.dtype) for p in cell.parameters()} == {("meta", torch.float64)}


@every_kind
def test_one_sequence_without_a_batch_is_a_batch_of_one(kind):
    layer, x, _ = draw(batch=1, **kind)
    single = x.squeeze(0 if layer.batch_first else 1)
    z, state, dos = layer(x, return_dos=True)
    found = layer(single, return_dos=True)
    first = 0 if layer.batch_first else 1
    squeezed = torch.utils._pytree.tree_map(lambda part: part.squeeze(-2), state)
    close(found, (z.squeeze(first), squeezed, dos.squeeze(first)), atol=0)
    close(layer(single, found[1])[0], layer(x, state)[0].squeeze(first), atol=0)


@pytest.mark.parametrize("implementation", ["fused", "reference"])
def test_an_empty_batch_gives_what_nn_lstm_gives(implementation):
    layer, x = layers.DRNN(3, 4, 2, implementation=implementation), torch.zeros(5, 0, 3).requires_grad_()
    z, (last, lags) = layer(x)
    assert [tuple(part.shape) for part in (z, last, lags)] == [(5, 0, 2), (0, 2), (3, 0, 4)]
    z.sum().backward()
    assert x.grad.shape == x.shape and not any(parameter.grad.any() for parameter in layer.parameters())


@ragged
@every_kind
def test_states_own_their_memory(kind, ragged):
    layer, x, lengths = draw(**kind)
    with torch.no_grad():
        z, state = layer(x, lengths=lengths if ragged else None)
    before = z.clone()
    parts = torch.utils._pytree.tree_leaves(state)
    for part in parts:
        assert part.untyped_storage().nbytes() == part.nbytes
        part.fill_(7)
    close(z, before, atol=0)
    rest = torch.utils._pytree.tree_leaves(layer.initial_state(3))
    assert len({part.data_ptr() for part in rest}) == len(rest)


def test_frozen_weights_have_no_gradient_and_leave_the_others_theirs():
    layer, x, _ = draw()
    layer(x)[0].sum().backward()
    expected = {name: parameter.grad.clone() for name, parameter in layer.named_parameters()}
    for frozen in expected:
        layer.zero_grad()
        getattr(layer, frozen).requires_grad_(False)
        layer(x)[0].sum().backward()
        getattr(layer, frozen).requires_grad_(True)
        for name, parameter in layer.named_parameters():
            assert parameter.grad is None if name == frozen else torch.equal(parameter.grad, expected[name])

"""The products by oneDNN are the plain products, and are left to torch wherever oneDNN has no part in it."""

import pytest
import torch
from hypothesis import given, settings, strategies
from layer_room import close, needs_onednn

from drnn.layers import products

SMALL, BIG = (4, 5, 6), (128, 160, 192)  # p, q, r
needs_bfloat16 = pytest.mark.skipif(
    not (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()),
    reason="oneDNN has no bfloat16 products on this processor",
)


@pytest.fixture
def medium():
    """Products that may round to bfloat16."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    yield
    torch.set_float32_matmul_precision(before)


@pytest.fixture
def onednn(monkeypatch):
    """The dtypes in which oneDNN was asked for a product, on a processor that is not MKL's home."""
    asked, product = [], products._onednn
    monkeypatch.setattr(products, "_is_mkl_at_home", lambda: False)
    monkeypatch.setattr(products, "_onednn", lambda a, w, *bias: asked.append(w.dtype) or product(a, w, *bias))
    return asked


def draw(sizes, dtype=torch.float32):
    """a (p, q), a weight (r, q) and a bias (r)."""
    (p, q, r), generator = sizes, torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator).to(dtype) for shape in ((p, q), (r, q), (r,))]


def exactly(a, weight, bias=0):
    return a.double() @ weight.double().t() + bias


def check(a, weight, bias, atol):
    """All ways to a product, alone and side by side; a prepared weight also with fewer rows than it was made for."""
    close(products.linear(a, weight), exactly(a, weight), atol=atol, check_dtype=False)
    close(products.linear(a, weight, bias), exactly(a, weight, bias), atol=atol, check_dtype=False)
    two, expected = torch.stack([weight, 2 * weight]), torch.stack([exactly(a, weight), 2 * exactly(a, weight)])
    both = torch.stack([a, a]).mT.contiguous().mT, two.mT.contiguous().mT
    for left, right in ((torch.stack([a, a]), two), both):
        close(products.linear(left, right), expected, atol=2 * atol, check_dtype=False)
        close(products.prepared(right, len(a))(left), expected, atol=2 * atol, check_dtype=False)
    biases = torch.stack([bias, -bias])
    expected += biases.double()[:, None]
    close(products.linear(torch.stack([a, a]), two, biases), expected, atol=2 * atol, check_dtype=False)
    product = products.prepared(weight, len(a))
    for rows in {len(a), len(a) // 2 + 1, 1}:
        found = product(a[:rows])
        assert found.dtype == a.dtype
        close(found, exactly(a[:rows], weight), atol=atol, check_dtype=False)


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float32, 1e-4), (torch.float64, 1e-12)])
@pytest.mark.parametrize("sizes", [SMALL, BIG])
def test_products_are_the_plain_products(sizes, dtype, atol):
    check(*draw(sizes, dtype), atol)


@pytest.mark.parametrize("sizes", [SMALL, BIG])
def test_strides_do_not_matter(sizes):
    a, weight, bias = draw(sizes)
    transposed = [part.t().contiguous().t() for part in (a, weight)]
    every_other = [part.repeat_interleave(2, 1)[:, ::2] for part in (a, weight)]
    for strided_a, strided_weight in (transposed, every_other, (a, transposed[1]), (every_other[0], weight)):
        check(strided_a, strided_weight, bias, 1e-4)


@pytest.mark.parametrize("sizes", [SMALL, BIG])
def test_strides_of_the_bias_do_not_matter(sizes):
    a, weight, bias = draw(sizes)
    for strided in (bias.repeat_interleave(2)[::2], bias[:1].expand(len(bias))):
        check(a, weight, strided, 1e-4)


@settings(max_examples=30, deadline=None)
@given(*(strategies.integers(1, 40) for _ in "pqr"))
def test_a_product_by_onednn_is_the_plain_product_in_every_size(p, q, r):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "SMALLEST", 0)
        patch.setattr(products, "_is_mkl_at_home", lambda: False)
        check(*draw((p, q, r)), 1e-4)


@needs_onednn
def test_large_float32_products_go_to_onednn_and_no_others(onednn):
    for sizes, dtype in ((SMALL, torch.float32), (BIG, torch.float64), (SMALL, torch.float64)):
        check(*draw(sizes, dtype), 1e-4)
    assert not onednn
    check(*draw(BIG), 1e-4)
    assert set(onednn) == {torch.float32}


@needs_onednn
def test_onednn_begins_at_as_many_multiplications_as_named(onednn, monkeypatch):
    a, weight, _ = draw(SMALL)
    monkeypatch.setattr(products, "SMALLEST", 4 * 5 * 6)
    products.linear(a[:3], weight)
    assert not onednn
    products.linear(a, weight)
    assert onednn == [torch.float32]


@needs_onednn
def test_on_an_intel_processor_products_are_left_to_mkl(onednn, monkeypatch):
    monkeypatch.setattr(products, "_is_mkl_at_home", lambda: True)
    check(*draw(BIG), 1e-4)
    assert not onednn


@pytest.mark.parametrize(("cpu", "intel"), [("GenuineIntel", True), ("AuthenticAMD", False)])
@pytest.mark.parametrize("has_mkl", [True, False])
@pytest.mark.parametrize("told_by", ["/proc/cpuinfo", "platform"])
def test_mkl_is_at_home_where_torch_has_it_and_the_processor_is_intels(told_by, has_mkl, cpu, intel, monkeypatch):
    def read(path):
        if told_by == "platform":
            raise FileNotFoundError(path)
        return f"vendor_id\t: {cpu}\n"

    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: has_mkl)
    monkeypatch.setattr(products.Path, "read_text", read)
    monkeypatch.setattr(products.platform, "processor", lambda: f"Family 6 Model 85, {cpu}")
    assert products._is_mkl_at_home.__wrapped__() == (intel and has_mkl)


@pytest.mark.filterwarnings("ignore:TF32")  # torch's own, when it takes up its settings again
def test_without_onednn_everything_is_left_to_torch(onednn):
    with torch.backends.mkldnn.flags(enabled=False):
        check(*draw(BIG), 1e-4)
    assert not onednn


@needs_bfloat16
def test_medium_precision_rounds_large_products_to_bfloat16(medium, onednn):
    a, weight, bias = draw(BIG)
    check(a, weight, bias, 0.3)  # of sums of 160 products, each of two numbers rounded to 8 bits
    assert set(onednn) == {torch.bfloat16}
    assert not torch.equal(products.linear(a, weight), a @ weight.t())


def test_medium_precision_leaves_small_and_float64_products_alone(medium):
    check(*draw(SMALL), 1e-5)
    check(*draw(BIG, torch.float64), 1e-12)

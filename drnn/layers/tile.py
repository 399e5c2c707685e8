"""One tile of a matrix product, kept in the processor's vector registers.

C[r, v] (+)= Σ_l A[r, l] P[l, v] for a few rows and vectors of columns, as many as HEIGHTS and WIDTHS name: an outer
product for each l, of numbers of A and vectors of P, added to registers. P lies in memory in the order in which it
is read (drnn.layers.matmul). Numba can't be led to hold a tile in registers by loops alone; so the instructions are
written with llvmlite, for vectors as wide as the processor has them. Each sum runs over l in order, whatever the tile's
size: a row's result does not depend on the rows beside it.
"""

from itertools import chain, product

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

FEATURES = binding.get_host_cpu_features()
VECTOR_BYTES = 64 if FEATURES.get("avx512f") else 32 if FEATURES.get("avx") else 16
HEIGHTS = (8, 4, 2, 1) if FEATURES.get("avx512f") or FEATURES.get("neon") else (4, 2, 1)  # of 32 or 16 registers
WIDTHS = (3, 1)  # in vectors

INDEX = ir.IntType(64)
SIZES = 1 + max(WIDTHS)


@intrinsic
def multiply_tile(
    typing, a, a_at, a_row, a_column, packed, packed_at, c, c_at, c_row, depth, rows, vectors, add
):  # the arguments' types
    """C = A P, or C += A P with ``add``, for a tile that begins at a[a_at], packed[packed_at] and c[c_at].

    Args:
        a, packed, c: C-contiguous arrays of one dtype; ``*_at`` count their elements from the first.
        a_row, a_column, c_row: elements from one row or column to the next.
        depth: how many l, at least 1.
        rows, vectors: one of HEIGHTS and one of WIDTHS.
    """
    arguments = a, a_at, a_row, a_column, packed, packed_at, c, c_at, c_row, depth, rows, vectors, add

    def generate(context, builder, signature, values):
        found = dict(zip(NAMES, values, strict=True))
        pointers = []
        for name, of_type in (("a", a), ("packed", packed), ("c", c)):
            first = context.make_array(of_type)(context, builder, found[name]).data
            pointers.append(builder.gep(first, [found[name + "_at"]]))
        numbers = [found[name] for name in NUMBERS]
        element = context.get_value_type(packed.dtype)
        builder.call(_function(builder.module, element, packed.dtype.bitwidth // 8), [*pointers, *numbers])
        return context.get_dummy_value()

    return types.void(*arguments), generate


NAMES = ["a", "a_at", "a_row", "a_column", "packed", "packed_at", "c", "c_at", "c_row"]
NAMES += ["depth", "rows", "vectors", "add"]
POINTERS = ("a", "packed", "c")
NUMBERS = ("a_row", "a_column", "c_row", "depth", "rows", "vectors", "add")


def _function(module: ir.Module, element: ir.Type, size: int) -> ir.Function:
    """The function of tiles of one dtype, which no caller takes into itself: machine code is made of it once."""
    arguments = [element.as_pointer()] * len(POINTERS) + [INDEX] * (len(NUMBERS) - 1) + [ir.IntType(1)]
    of_type = ir.FunctionType(ir.VoidType(), arguments)
    function = cgutils.get_or_insert_function(module, of_type, f"drnn_tile_{size}")
    if function.is_declaration:
        function.linkage = "linkonce_odr"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        _Tiles(builder, element, size, dict(zip(POINTERS + NUMBERS, function.args, strict=True))).write()
    return function


class _Tiles:
    """The instructions of a tile of every size, and the jump to that of the size asked for."""

    def __init__(self, builder: ir.IRBuilder, element: ir.Type, size: int, values: dict):
        self.builder = builder
        self.size = size
        self.lanes = VECTOR_BYTES // size
        self.vector = ir.VectorType(element, self.lanes)
        self.values = values
        name = f"llvm.fmuladd.v{self.lanes}f{8 * size}"
        of_type = ir.FunctionType(self.vector, [self.vector] * 3)
        self.multiply_add = cgutils.get_or_insert_function(builder.module, of_type, name)

    def write(self) -> None:
        """A block of instructions for each size, chosen by a switch."""
        builder = self.builder
        end = builder.append_basic_block("end")
        number = builder.add(builder.mul(self.values["rows"], INDEX(SIZES)), self.values["vectors"])
        switch = builder.switch(number, end)
        for rows, vectors in product(HEIGHTS, WIDTHS):
            block = builder.append_basic_block(f"tile_{rows}_{vectors}")
            switch.add_case(INDEX(rows * SIZES + vectors), block)
            builder.position_at_end(block)
            self._store(self._sums(rows, vectors))
            builder.branch(end)
        builder.position_at_end(end)
        builder.ret_void()

    def _sums(self, rows: int, vectors: int) -> list[list[ir.Value]]:
        """The loop over l; the tile's registers, row by row."""
        builder = self.builder
        start = builder.block
        loop = builder.append_basic_block("loop")
        done = builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        depth_index = builder.phi(INDEX)
        sums = [[builder.phi(self.vector) for _ in range(vectors)] for _ in range(rows)]
        row_of_p = builder.gep(self.values["packed"], [builder.mul(depth_index, INDEX(vectors * self.lanes))])
        right = [self._load(row_of_p, v) for v in range(vectors)]
        column_of_a = builder.gep(self.values["a"], [builder.mul(depth_index, self.values["a_column"])])
        added = [self._outer(column_of_a, r, right, sums[r]) for r in range(rows)]
        following = builder.add(depth_index, INDEX(1))
        builder.cbranch(builder.icmp_signed("<", following, self.values["depth"]), loop, done)
        self._carry(depth_index, INDEX(0), start, following, loop)
        zero = ir.Constant(self.vector, [0.0] * self.lanes)
        for old, new in zip(chain(*sums), chain(*added), strict=True):
            self._carry(old, zero, start, new, loop)
        builder.position_at_end(done)
        return added

    def _outer(self, column_of_a: ir.Value, row: int, right: list[ir.Value], sums: list[ir.Value]) -> list[ir.Value]:
        """sums + A[row, l] · P[l, :]."""
        builder = self.builder
        number = builder.load(builder.gep(column_of_a, [builder.mul(self.values["a_row"], INDEX(row))]))
        empty = ir.Constant(self.vector, ir.Undefined)
        first = builder.insert_element(empty, number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        everywhere = builder.shuffle_vector(first, empty, zeros)
        return [builder.call(self.multiply_add, [everywhere, p, s]) for p, s in zip(right, sums, strict=True)]

    def _store(self, sums: list[list[ir.Value]]) -> None:
        """Into C, in place of what is there or added to it."""
        builder = self.builder
        for row, of_row in enumerate(sums):
            first = builder.gep(self.values["c"], [builder.mul(self.values["c_row"], INDEX(row))])
            for place, value in enumerate(of_row):
                added = builder.fadd(self._load(first, place), value)
                chosen = builder.select(self.values["add"], added, value)
                builder.store(chosen, self._address(first, place)).align = self.size

    def _load(self, first: ir.Value, place: int) -> ir.Value:
        loaded = self.builder.load(self._address(first, place))
        loaded.align = self.size
        return loaded

    def _address(self, first: ir.Value, place: int) -> ir.Value:
        """Of the vector at this place behind a pointer to numbers."""
        return self.builder.bitcast(self.builder.gep(first, [INDEX(place * self.lanes)]), self.vector.as_pointer())

    @staticmethod
    def _carry(phi: ir.Value, first: ir.Value, start: ir.Block, following: ir.Value, loop: ir.Block) -> None:
        """What a value of the loop is at first and from then on."""
        phi.add_incoming(first, start)
        phi.add_incoming(following, loop)

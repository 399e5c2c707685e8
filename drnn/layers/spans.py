"""A part of a row of a matrix, for compiled loops: a loop over it becomes vector instructions.

A slice does the same, but counts who holds the matrix, for a short row a good part of the time. A span counts nothing;
it is good as long as its matrix is.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

INDEX = ir.IntType(64)


@intrinsic
def span(typing, matrix, row, start, size):
    """matrix[row, start : start + size] of a C-contiguous matrix, unchecked."""
    result = types.Array(matrix.dtype, 1, "C")

    def generate(context, builder, signature, values):
        source = context.make_array(matrix)(context, builder, values[0])
        _, width = cgutils.unpack_tuple(builder, source.shape)
        first = builder.add(builder.mul(values[1], width), values[2])
        step = INDEX(matrix.dtype.bitwidth // 8)
        view = context.make_array(result)(context, builder)
        data = builder.gep(source.data, [first])
        populate_array(view, data=data, shape=[values[3]], strides=[step], itemsize=step, meminfo=None)
        return view._getvalue()

    return result(matrix, types.int64, types.int64, types.int64), generate

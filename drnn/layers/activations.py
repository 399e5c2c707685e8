"""σ of many numbers, in float32 and float64, so plain that the loop over them becomes vector instructions.

e^x = 2ⁿ e^r with n the whole number next to x / ln 2. Adding 1.5 · 2^23 (2^52 in float64) leaves no digits behind the
point, so n stands in the last bits of the sum; shifted to where a number keeps its exponent they are 2ⁿ.
|r| ≤ ln 2 / 2,
there a Taylor polynomial is exact to rounding. NaN stays NaN.
"""

from math import factorial, log
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload, register_jitable

from drnn.compiled import compiled_with_nan


class Format(NamedTuple):
    """A floating point number and what the exponential needs of it."""

    number: type
    mantissa: int  # bits
    offset: int  # of the exponent
    ln2_high: float  # n times this is exact
    ln2_low: float
    end: float  # where e^x is still a normal number
    terms: int  # of the Taylor polynomial


FORMATS = {
    types.float32: Format(np.float32, 23, 127, 0.693145751953125, 1.4286068203094172e-6, 87, 8),
    types.float64: Format(np.float64, 52, 1023, 0.6931471803691238, 1.9082149292705877e-10, 700, 14),
}


def sigmoid(x):
    """σ(x) = 1 / (1 + e^−x), in compiled code."""


@compiled_with_nan
def sigmoids(values):
    """Put σ in the place of each number; the numbers lie in a row, the more the better."""
    for j in range(values.size):
        values[j] = sigmoid(values[j])


@overload(sigmoid)
def _sigmoid_of(x):
    one = FORMATS[x].number(1)
    exponential = _exponential_of(FORMATS[x])

    def sigmoid(x):
        return one / (one + exponential(-x))

    return sigmoid


def _exponential_of(form: Format):
    """The function x ↦ e^x; beyond the ends of its range it stays what it is there."""
    number = form.number
    end = number(form.end)
    per_ln2 = number(1 / log(2))
    rounder = number(1.5 * 2**form.mantissa + form.offset)
    high = number(form.ln2_high)
    low = number(form.ln2_low)
    taylor = _SERIES[form.terms](*(number(1 / factorial(n)) for n in range(form.terms)))

    @register_jitable
    def exponential(x):
        x = -end if x < -end else x
        x = end if x > end else x
        shifted = x * per_ln2 + rounder
        n = shifted - rounder
        r = (x - n * high) - n * low
        return taylor(r) * _power_of_two(shifted)

    return exponential


def _series_8(c0, c1, c2, c3, c4, c5, c6, c7):
    @register_jitable
    def polynomial(x):
        return c0 + x * (c1 + x * (c2 + x * (c3 + x * (c4 + x * (c5 + x * (c6 + x * c7))))))

    return polynomial


def _series_14(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13):
    @register_jitable
    def polynomial(x):
        tail = c7 + x * (c8 + x * (c9 + x * (c10 + x * (c11 + x * (c12 + x * c13)))))
        return c0 + x * (c1 + x * (c2 + x * (c3 + x * (c4 + x * (c5 + x * (c6 + x * tail))))))

    return polynomial


_SERIES = {8: _series_8, 14: _series_14}


@intrinsic
def _power_of_two(typing, shifted):
    """2ⁿ, of a number in whose last bits n and the exponent's offset stand."""
    mantissa = FORMATS[shifted].mantissa

    def generate(context, builder, signature, values):
        whole = ir.IntType(shifted.bitwidth)
        bits = builder.bitcast(values[0], whole)
        return builder.bitcast(builder.shl(bits, whole(mantissa)), context.get_value_type(shifted))

    return shifted(shifted), generate

"""σ and tanh of single numbers, in float32 and float64, so plain that loops over them become vector instructions.

e^x = 2ⁿ e^r with n the whole number next to x / ln 2. Adding 1.5 · 2^23 (2^52 in float64) leaves no digits behind the
point, so n stands in the last bits of the sum; shifted to where a number keeps its exponent they are 2ⁿ. |r| ≤ ln 2 / 2,
for which a Taylor polynomial is exact to rounding. NaN stays NaN.
"""

from math import factorial, log
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload, register_jitable


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


def tanh(x):
    """2σ(2x) − 1, in compiled code."""


@overload(sigmoid)
def _sigmoid_of(x):
    one = FORMATS[x].number(1)
    exponential = _exponential_of(FORMATS[x])

    def sigmoid(x):
        return one / (one + exponential(-x))

    return sigmoid


@overload(tanh)
def _tanh_of(x):
    one = FORMATS[x].number(1)
    two = FORMATS[x].number(2)
    exponential = _exponential_of(FORMATS[x])

    def tanh(x):
        return two / (one + exponential(-two * x)) - one

    return tanh


def _exponential_of(form: Format):
    """The function x ↦ e^x; beyond the ends of its range it stays what it is there."""
    number = form.number
    end = number(form.end)
    per_ln2 = number(1 / log(2))
    rounder = number(1.5 * 2**form.mantissa + form.offset)
    high = number(form.ln2_high)
    low = number(form.ln2_low)
    taylor = _polynomial(tuple(number(1 / factorial(n)) for n in range(form.terms)))

    @register_jitable
    def exponential(x):
        x = -end if x < -end else x
        x = end if x > end else x
        shifted = x * per_ln2 + rounder
        n = shifted - rounder
        r = (x - n * high) - n * low
        return taylor(r) * _power_of_two(shifted)

    return exponential


def _polynomial(coefficients: tuple):
    """x ↦ Σ cₙ xⁿ by Horner's rule: a function for each step, which the compiler joins."""
    first = coefficients[0]
    if len(coefficients) == 1:

        @register_jitable
        def polynomial(x):
            return first

    else:
        rest = _polynomial(coefficients[1:])

        @register_jitable
        def polynomial(x):
            return first + x * rest(x)

    return polynomial


@intrinsic
def _power_of_two(typing, shifted):
    """2ⁿ, of a number in whose last bits n and the exponent's offset stand."""
    mantissa = FORMATS[shifted].mantissa

    def generate(context, builder, signature, values):
        whole = ir.IntType(shifted.bitwidth)
        bits = builder.bitcast(values[0], whole)
        return builder.bitcast(builder.shl(bits, whole(mantissa)), context.get_value_type(shifted))

    return shifted(shifted), generate

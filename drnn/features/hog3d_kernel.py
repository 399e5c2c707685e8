"""The compiled loops of HOG3D: grey frames in, normalised cells of 4 frames out.

Three things make them fast. Sums of gradients over a box follow from integrals at its corners, exact in integers.
Boxes that overlap share the sub-blocks between the same pixels, which are quantised once a frame (hog3d_grid.py).
And every loop runs over a whole plane of sub-blocks in one dimension, so that the compiler turns it into vector
instructions; what it computes between the planes' rows is never picked. For the same reason the loops read shifted
slices: in `a[i + shift]` the compiler would have to allow for a negative index.
"""

import numpy as np

from drnn.compiled import compiled
from drnn.features.hog3d_reference import BINS, CELLS_T, EPSILON, GREY_LEVELS, PHI, THRESHOLD

# An argument of the loops: Numba's cache would not notice a change of constants from another module.
CONSTANTS = np.array([PHI, 1 / PHI, THRESHOLD, EPSILON * GREY_LEVELS, 1 / GREY_LEVELS], np.float32)
TILE = 128  # cells that are normalised together: 5 kB of histograms stay in the first-level cache


@compiled
def _integrate(frame, integrals):
    """Fill integrals (3, (H + 1)·(W + 1)): double differences between a box's corners are sums over the box.

    0: of the forward differences along x, 1: along y, 2: of the grey values. (The sums of f(x + 1) − f(x) along x
    are f(x₁) − f(x₀), and f(W) = f(W − 1) as the border is replicated; y likewise.)
    """
    height, width = frame.shape[0], frame.shape[1] + 1
    along_x, along_y, grey = integrals[0], integrals[1], integrals[2]
    along_x[:width], grey[:width] = 0, 0
    for y in range(height):
        values, start, below, end = frame[y], y * width, (y + 1) * width, (y + 2) * width
        total, row = np.int32(0), along_y[start:below]
        for x in range(width - 1):
            row[x] = total
            total += np.int32(values[x])
        row[width - 1] = total
        sums, next_sums = along_x[start:below], along_x[below:end]
        for x in range(width - 1):
            next_sums[x] = sums[x] + np.int32(values[x])
        next_sums[width - 1] = next_sums[width - 2]
        sums, next_sums = grey[start:below], grey[below:end]
        for x in range(width):
            next_sums[x] = sums[x] + row[x]
    along_y[height * width :] = along_y[(height - 1) * width : height * width]


@compiled
def _sum_sub_blocks(integrals, lattice, taken, sums):
    """Fill sums (3, K − width − 1) float32, exact below 2²⁴; taken (3, K) int32 is scratch."""
    count, width = sums.shape[1], lattice.width
    along_x, along_y, grey = integrals[0], integrals[1], integrals[2]
    taken_x, taken_y, taken_grey = taken[0], taken[1], taken[2]
    for i in range(lattice.corners.size):
        corner = lattice.corners[i]
        taken_x[i], taken_y[i], taken_grey[i] = along_x[corner], along_y[corner], grey[corner]
    for c in range(3):
        upper, lower, result = taken[c, : count + 1], taken[c, width:], sums[c]
        upper_left, upper_right, lower_left, lower_right = upper[:-1], upper[1:], lower[:-1], lower[1:]
        for i in range(count):
            result[i] = np.float32((lower_right[i] - lower_left[i]) - (upper_right[i] - upper_left[i]))


@compiled
def _quantise(now, following, constants, votes):
    """Fill votes (10, n) with `hog3d_reference.quantise` of n sub-blocks, by the axes in its order.

    The gradients are the sums (3, n) of this frame and the difference of the next frame's grey values to them.
    """
    zero, least = np.float32(0), np.float32(1e-20)
    phi, inverse, threshold = constants[0], constants[1], constants[2]
    gx, gy, grey, next_grey = now[0], now[1], now[2], following[2]
    for i in range(now.shape[1]):
        x, y, t = gx[i], gy[i], next_grey[i] - grey[i]
        norm = np.sqrt(x * x + y * y + t * t)
        cut = threshold * norm
        v0 = max(abs(t + (x + y)) - cut, zero)
        v1 = max(abs(t - (x + y)) - cut, zero)
        v2 = max(abs(t - (x - y)) - cut, zero)
        v3 = max(abs(t + (x - y)) - cut, zero)
        v4 = max(abs(phi * t + inverse * y) - cut, zero)
        v5 = max(abs(phi * t - inverse * y) - cut, zero)
        v6 = max(abs(phi * y + inverse * x) - cut, zero)
        v7 = max(abs(phi * y - inverse * x) - cut, zero)
        v8 = max(abs(phi * x + inverse * t) - cut, zero)
        v9 = max(abs(phi * x - inverse * t) - cut, zero)
        scale = norm / max(((v0 + v1) + (v2 + v3)) + ((v4 + v5) + (v6 + v7)) + (v8 + v9), least)
        votes[0, i], votes[1, i], votes[2, i], votes[3, i] = v0 * scale, v1 * scale, v2 * scale, v3 * scale
        votes[4, i], votes[5, i], votes[6, i] = v4 * scale, v5 * scale, v6 * scale
        votes[7, i], votes[8, i], votes[9, i] = v7 * scale, v8 * scale, v9 * scale


@compiled
def _sum_cells(votes, lattice, scratch, histograms):
    """Fill histograms (10, C) with the sums over the 4·4 sub-blocks of each cell; scratch (2, n) or larger."""
    width = lattice.width
    down, across = scratch[0], scratch[1]
    count = votes.shape[1] - 3 * width
    for j in range(BINS):
        v0, v1, v2, v3 = votes[j], votes[j, width:], votes[j, 2 * width :], votes[j, 3 * width :]
        for i in range(count):
            down[i] = (v0[i] + v1[i]) + (v2[i] + v3[i])
        d1, d2, d3 = down[1:], down[2:], down[3:]
        for i in range(count - 3):
            across[i] = (down[i] + d1[i]) + (d2[i] + d3[i])
        result = histograms[j]
        for c in range(lattice.cells.size):
            result[c] = across[lattice.cells[c]]


@compiled
def _normalise(histograms, oldest, constants, cells, norms):
    """Fill cells (C, 10) with h / (‖h‖ + ε) and norms (C,) with ‖h‖, h the sum of four frames.

    Their histograms (4, 10, C) are added from the oldest on, so that the sum's rounding does not depend on where
    a block of frames began.
    """
    h = np.empty((BINS, TILE), np.float32)
    scale = np.empty(TILE, np.float32)
    one, epsilon, grey_level = np.float32(1), constants[3], constants[4]
    for start in range(0, norms.size, TILE):
        n = min(TILE, norms.size - start)
        tile, squares = cells[start : start + n], norms[start : start + n]
        squares[:] = 0
        for j in range(BINS):
            h0 = histograms[oldest % CELLS_T, j, start:]
            h1 = histograms[(oldest + 1) % CELLS_T, j, start:]
            h2 = histograms[(oldest + 2) % CELLS_T, j, start:]
            h3 = histograms[(oldest + 3) % CELLS_T, j, start:]
            row = h[j]
            for i in range(n):
                row[i] = (h0[i] + h1[i]) + (h2[i] + h3[i])
                squares[i] += row[i] * row[i]
        for i in range(n):
            norm = np.sqrt(squares[i])
            scale[i] = one / (norm + epsilon)
            squares[i] = norm * grey_level
        for j in range(BINS):
            row = h[j]
            for i in range(n):
                row[i] *= scale[i]
        for i in range(n):  # written out: as a loop it would be vectorised by strided loads, three times slower
            tile[i, 0], tile[i, 1], tile[i, 2], tile[i, 3], tile[i, 4] = h[0, i], h[1, i], h[2, i], h[3, i], h[4, i]
            tile[i, 5], tile[i, 6], tile[i, 7], tile[i, 8], tile[i, 9] = h[5, i], h[6, i], h[7, i], h[8, i], h[9, i]


@compiled
def fill_cells(frames, lattices, constants, cells, norms):
    """The normalised cells of 4 frames that start at each frame but the last four.

    Args:
        frames: (n + 4, H, W) uint8.
        lattices: tuple of `hog3d_grid.Lattice`; C is the number of their cells together.
        constants: `CONSTANTS`.
        cells: (n, C, 10) float32, filled: h / (‖h‖ + ε).
        norms: (n, C) float32, filled: ‖h‖ for grey values in [0, 1].
    """
    integrals = np.empty((3, (frames.shape[1] + 1) * (frames.shape[2] + 1)), np.int32)
    most, total = 0, 0
    for lattice in lattices:
        most = max(most, lattice.corners.size)
        total += lattice.corners.size
    taken = np.empty((3, most), np.int32)
    sums = np.empty((2, 3 * total), np.float32)  # of this frame and the last, by the parity of t
    votes = np.empty(BINS * most, np.float32)
    scratch = np.empty((2, most), np.float32)
    histograms = np.empty((CELLS_T, BINS, norms.shape[1]), np.float32)
    for t in range(len(frames)):
        _integrate(frames[t], integrals)
        start, first = 0, 0
        for lattice in lattices:
            n = lattice.corners.size - lattice.width - 1
            following = sums[t & 1, start : start + 3 * n].reshape((3, n))
            _sum_sub_blocks(integrals, lattice, taken, following)
            if t > 0:
                now = sums[1 - (t & 1), start : start + 3 * n].reshape((3, n))
                plane = votes[: BINS * n].reshape((BINS, n))
                _quantise(now, following, constants, plane)
                end = first + lattice.cells.size
                _sum_cells(plane, lattice, scratch, histograms[(t - 1) % CELLS_T, :, first:end])
                first = end
            start += 3 * n
        if t >= CELLS_T:
            _normalise(histograms, t - CELLS_T, constants, cells[t - CELLS_T], norms[t - CELLS_T])


@compiled
def fill_descriptors(cells, masses, starts, least_mass, descriptors):
    """Put descriptors together from the cells that they share.

    Args:
        cells: (n, P, 25, 10) float32, normalised.
        masses: (n, P) float32, Σ‖h‖ of the 25 cells.
        starts: (F,) int64 u; a descriptor is made of the cells at u, u + 4, u + 8 and u + 12.
        least_mass: a descriptor whose masses add up to less is zero.
        descriptors: (F, P, 25, 4, 10) float32, filled.
    """
    for f in range(starts.size):
        u = starts[f]
        for p in range(cells.shape[1]):
            mass = (masses[u, p] + masses[u + 4, p]) + (masses[u + 8, p] + masses[u + 12, p])
            if mass < least_mass:
                descriptors[f, p] = 0
                continue
            for c in range(cells.shape[2]):
                for k in range(CELLS_T):
                    for j in range(BINS):
                        descriptors[f, p, c, k, j] = cells[u + 4 * k, p, c, j]

"""The size and the rate that all videos of a set have in common: descriptors of others could not be compared."""

from collections import Counter

from drnn.datasets.video import Pictures, announced
from drnn.datasets.videos import VideoStore
from drnn.errors import UserError

TOLERANCE = 0.01
"""Part by which rates may differ: containers that count milliseconds round."""


def common(store: VideoStore) -> Pictures:
    """What the headers of all videos of a store say; nothing is decoded. What has no header is passed over.

    Raises:
        UserError: videos differ, or are not of the size that the set is known to have; names all that are odd.
    """
    found: dict[str, Pictures] = {}
    for video in store.videos:
        try:
            found[video.name] = announced(store.open(video))
        except UserError:
            continue  # who decodes it says why
    if not found:
        raise UserError(f"{store.path}: none of its {len(store.videos)} videos can be read; fetch them again")
    usual = Counter(found.values()).most_common(1)[0][0]
    if store.size:
        usual = Pictures(*store.size, usual.rate)
    if odd := [f"{name} ({pictures})" for name, pictures in found.items() if not _alike(pictures, usual)]:
        why = "as this set is known to be" if store.size else "as most are"
        raise UserError(
            f"{store.path}: {len(odd)} of {len(found)} videos are not of {usual}, {why}: {', '.join(odd)}; "
            "convert them or take them out (docs/new-dataset.md, Videos)"
        )
    return usual


def _alike(one: Pictures, other: Pictures) -> bool:
    known = one.rate and other.rate
    return one[:2] == other[:2] and (not known or abs(one.rate / other.rate - 1) <= TOLERANCE)

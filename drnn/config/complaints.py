"""What is wrong in params.yaml, each mistake told in one line with the place, the value and what is allowed."""

import difflib
from collections.abc import Iterable

from drnn.config import protocol
from drnn.config.schema import BLOCKS, keys_at

RENAMED = {
    "besides": "extra_runs",
    "score_scale": "logit_scale",
    "averaging": "ema_decay",
    "by_length": "bucket_by_length",
    "frame_step": "frame_stride",
    "input_limit": "clip_inputs",
}
"""Keys as they were called until version 0.1, and as they are called now."""
EXPECTED = {"int": "a whole number", "float": "a number", "bool": "true or false"}
"""What a value must be, by the first word of the type of pydantic's error."""


def explain(detail: dict, where: str) -> str:
    """One line for one of pydantic's errors."""
    kind, loc = _place(detail["loc"])
    path = [str(part) for part in loc if part not in ("int", "float", "list[constrained-int]")]
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        known = keys_at(kind, loc[:-1])
        if (now := RENAMED.get(path[-1])) in known:
            return f"{where}: {'.'.join(path)}: is called {now} now; rename it"
        return f"{where}: {'.'.join(path)}: unknown key; {suggestion(path[-1], known)}"
    if detail["type"] == "value_error":
        return f"{where}: {'.'.join(path)}: {message}" if path else f"{where}: {message}"
    if detail["type"] == "missing":
        return f"{where}: {'.'.join(path)}: is missing; config/README.md explains it"
    if detail["type"] == "union_tag_not_found":
        return f"{where}: {'.'.join(path)}: is no protocol; the forms: {' · '.join(protocol.EXAMPLES)}"
    if detail["type"] == "union_tag_invalid":
        tag, name = detail["ctx"]["tag"], "method" if loc[0] == "baselines" else "kind"
        return f"{where}: {'.'.join(path)}.{name}: unknown {tag!r}; {suggestion(tag, BLOCKS[str(loc[0])])}"
    if expected := EXPECTED.get(detail["type"].partition("_")[0]):
        message = f"must be {expected}"
    return f"{where}: {'.'.join(path)}: {message}, not {detail['input']!r}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """The nearest known name, or all of them."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


def _place(loc: tuple) -> tuple[str, tuple]:
    """The kind of the block in which a place lies, and the place as it stands in the file, without the kind."""
    if len(loc) > 2 and loc[2] in BLOCKS.get(str(loc[0]), {}):
        return str(loc[2]), (*loc[:2], *loc[3:])
    return "", loc

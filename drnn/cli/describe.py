"""What is written from the code: the parameters' page and schema, the steps' table, DVC's stages and their diagram."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from drnn.config import params, protocol
from drnn.config.block import Name, Subject
from drnn.config.schema import BLOCKS, block_in
from drnn.errors import UserError
from drnn.files import write_text
from drnn.plan.experiment import EXPERIMENTS
from drnn.plan.stages import diagram, stages
from drnn.plan.steps import STEPS
from drnn.report.readme import replaced

PAGE = Path("config/README.md")
SCHEMA = Path("config/params.schema.json")
HOUSE = Path("docs/architecture.md")
BEGIN, END = "<!-- steps: written by `drnn describe` -->", "<!-- end of steps -->"
FORMS = "\n".join(f"- `{example}`" for example in protocol.EXAMPLES)
PROTOCOLS = f"""## protocols.*

A protocol has one of these forms, which its keys tell:

{FORMS}

Sequences are divided by groups. `subject` and `sequence` (each sequence its own) are always there; the recordings may
name others, such as `view`, the camera. `leave_one_out`, `folds.of`, `train` and `test` take any group. Where test
sequences have new values of another group than `subject`, people may be on both sides: the report then says that the
protocol tests other recordings, not other people.
"""
"""Before the tables of the protocols' keys."""


def write(check: bool) -> str:
    """Write all of them, or, to ``check``, raise a UserError for the first that is not up to date."""
    texts = {
        PAGE: page(),
        SCHEMA: schema(),
        HOUSE: replaced(replaced(HOUSE.read_text(encoding="utf-8"), steps()), diagram()),
    }
    for experiment, (parameters, _) in EXPERIMENTS.items():
        path = Path(parameters).with_name("dvc.yaml")
        texts[path] = replaced(path.read_text(encoding="utf-8"), stages(experiment))
    for path, text in texts.items():
        if check and (not path.is_file() or path.read_text(encoding="utf-8") != text):
            raise UserError(f"{path}: is not what the code says; run `drnn describe`")
        if not check:
            write_text(path, text)
    return f"{', '.join(map(str, texts))}: up to date"


def schema() -> str:
    """The JSON Schema of params.yaml, with which editors complete and check it.

    What a block is may follow from another value, so that a block may fit more than one form: any will do.
    """
    return json.dumps(params.Params.model_json_schema(), indent=1).replace('"oneOf"', '"anyOf"') + "\n"


def steps() -> str:
    """The records of the steps as a table."""
    rows = [f"| `{step.name}` | {step.help} | `{next(iter(step.outputs.values()))}` |" for step in STEPS.values()]
    return "\n".join([BEGIN, "| step | what it does | what it makes |", "|---|---|---|", *rows, END])


def page() -> str:
    """Every parameter of params.yaml with its type, default and meaning, as Markdown."""
    parts = [
        "# Parameters\n\nGenerated from the models in `drnn/config/` by `drnn describe`. `params.yaml` is\n"
        "the experiment, `demo/params.yaml` that of the demo, `searches.yaml` what was tried before; nothing in them\n"
        "is about machines. A key that is not listed here is an error.\n"
    ]
    for place, block in _blocks():
        if block is protocol.FixedSubjects:
            parts.append(PROTOCOLS)
        rows = [
            f"| `{name}` | {_kind(field)} | {_default(field)} | {field.description or ''} |"
            for name, field in block.model_fields.items()
        ]
        head = f"## {place}\n\n{block.__doc__}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
        parts.append(head + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _blocks() -> Iterator[tuple[str, type[BaseModel]]]:
    """Place and definition of every block, and of those that lie in it, each definition once."""
    yield "top level", params.Params
    inside = set()
    for part, kinds in BLOCKS.items():
        for kind, block in kinds.items():
            yield f"{part}.*, {kind}" if kind else f"{part}.*", block
            for name, field in block.model_fields.items():
                inner = block_in(field.annotation)
                if inner and inner not in inside:
                    inside.add(inner)
                    yield f"{part}.*.{name}", inner


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    return "none" if field.default is None else f"`{field.default}`"


def _kind(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(m, name):g}"
        for m in field.metadata
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if hasattr(m, name)
    ]
    return " ".join([_words(field.annotation), ", ".join(bounds)]).strip()


def _words(kind) -> str:
    """A type in words: `list of name`."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in (Name, Subject):
        return "name" if kind is Name else "subject"
    if origin is Annotated:
        return _words(inner[0])
    if origin is Literal:
        return ", ".join(f"`{str(value).lower() if value is True else value}`" for value in inner)
    if origin is list:
        return f"list of {_words(inner[0])}"
    if origin is dict:
        return f"{_words(inner[1])} by name"
    if origin is UnionType or len(inner) > 1:
        return " or ".join(dict.fromkeys(_words(k) for k in inner if k is not NoneType))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "block"
    return {int: "integer", float: "number", str: "text"}.get(kind, kind.__name__)

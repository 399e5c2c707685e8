"""What made a file, as a short hash in its name.

A key is the hash of a step's name, its parameters, the keys of its inputs, and its code. Code counts for what it does,
not for where it stands: a module's hash is that of its syntax, in which each import from drnn/ is replaced by the hash
of what is imported. So a module that moves, with the imports of it, changes no key. Comments, docstrings, layout,
descriptions of parameters and the texts of errors and log lines do not count; data files that a module names do.

A file of that name is right wherever it came from; a file that does not exist has to be made. Only the standard
library is needed, and Python's version makes no difference.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

from drnn.errors import UserError

ROOT = Path(__file__).parent.parent
LENGTH = 10
LOG_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
UNIFORM = {"ctx", "kind"}
"""Fields of a syntax tree that only some versions of Python fill."""
_IN_NAME = re.compile(rf"@([0-9a-f]{{{LENGTH}}})")


def key(step: str, params: dict, inputs: Iterable[str | Path], code: Iterable[str]) -> str:
    """The key of what ``step`` makes.

    Args:
        step: its name.
        params: JSON values.
        inputs: files whose names carry their keys, in the step's own order.
        code: names of the modules at which the walk through the imports starts.
    """
    made_from = [key_of(path) for path in inputs]
    return _hash(step, params, made_from, code_of(*code))[:LENGTH]


def without_keys(path: str | Path) -> str:
    """A file's name as it would be without its key: what stays when something that it is made of changes."""
    return _IN_NAME.sub("", str(path))


def key_of(path: str | Path) -> str:
    """The key in a file's name.

    Raises:
        UserError: the name has none.
    """
    found = _IN_NAME.findall(str(path))
    if not found:
        raise UserError(f"{path}: carries no key (@ and {LENGTH} hexadecimal digits) in its name")
    return found[-1]


@cache
def code_of(*modules: str) -> str:
    """Hash of the code of these modules and of all in drnn/ that they import.

    Raises:
        UserError: a module does not exist, imports relatively, or imports itself through others.
    """
    parsed = {name: _parsed(path) for name, path in reached(*modules).items()}
    imports = {name: [source for _, source in module.imports] for name, module in parsed.items()}
    hashes: dict[str, str] = {}
    try:
        for name in TopologicalSorter(imports).static_order():
            imported = sorted((called, hashes[source]) for called, source in parsed[name].imports)
            hashes[name] = _hash(parsed[name].code, imported)
    except CycleError as error:
        raise UserError(f"{' → '.join(error.args[1])}: import each other in a circle; break it") from None
    return _hash(*(hashes[name] for name in modules))


def parts_of(*modules: str) -> dict[str, str]:
    """Name → hash of its own code alone, of these modules and of all in drnn/ that they import."""
    return {name: _parsed(path).code for name, path in reached(*modules).items()}


@cache
def reached(*modules: str) -> dict[str, Path]:
    """Name and file of these modules and of all in drnn/ that they import, wherever the import stands."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _existing(name)
            waiting += [module for _, module in _parsed(found[name]).imports]
    return found


class _Parsed(NamedTuple):
    code: str  # hash of the syntax without imports from drnn/, and of the data files that it names
    imports: list[tuple[str, str]]  # of drnn/: what the module calls it, and the module that it comes from


def _hash(*values) -> str:
    """Hash of JSON values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _existing(module: str) -> Path:
    path = _file(module)
    if path is None:
        raise UserError(f"{module}: no such module in {ROOT.name}/")
    return path


@cache
def _file(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@cache
def _parsed(path: Path) -> _Parsed:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(_executed(tree))
    if relative := [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]:
        raise UserError(f"{path}:{relative[0].lineno}: a relative import, which no key follows; write `from drnn.…`")
    digest = hashlib.sha256(repr(_canonical(tree)).encode())
    strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for name in sorted(filter(_may_name_data, strings)):
        if (path.parent / name).is_file():
            digest.update(name.encode() + _content(path.parent / name))
    return _Parsed(digest.hexdigest(), [found for node in nodes for found in _imported(node)])


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not _is_for_type_checkers(child):
            yield from _executed(child)


def _imported(node: ast.AST) -> list[tuple[str, str]]:
    """What a statement imports from drnn/. A package's __init__ counts only if a name is taken from it."""
    if isinstance(node, ast.Import):
        return [(f"{alias.name} as {alias.asname}", alias.name) for alias in node.names if _is_own(alias.name)]
    if not isinstance(node, ast.ImportFrom) or not _is_own(node.module):
        return []
    found = []
    for alias in node.names:
        submodule = f"{node.module}.{alias.name}"
        called = alias.asname or alias.name
        if _file(submodule):
            found.append((called, submodule))
        else:
            found.append((f"{alias.name} as {called}", node.module))
    return found


def _is_own(module: str) -> bool:
    return module.split(".")[0] == "drnn"


def _may_name_data(text: str) -> bool:
    return "." in text and not text.endswith(".py") and len(text) < 200 and "\n" not in text and "\0" not in text


def _content(path: Path) -> bytes:
    """A data file's bytes; a text's line ends are made \\n, whatever git made of them."""
    content = path.read_bytes()
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")


def _canonical(node, texts_count: bool = True):
    """A syntax tree as nested tuples, without what a reader alone sees and what only some Python versions write."""
    if isinstance(node, list):
        return tuple(_canonical(part, texts_count) for part in node if not _is_left_out(part))
    if not isinstance(node, ast.AST):
        return repr(node)
    if not texts_count and (isinstance(node, ast.JoinedStr) or _is_string(node)):
        return "text"
    texts_count = texts_count and not _speaks_to_people(node)
    fields = ((name, _canonical(value, texts_count)) for name, value in ast.iter_fields(node) if value is not None)
    return type(node).__name__, tuple((n, value) for n, value in sorted(fields) if value != () and n not in UNIFORM)


def _is_left_out(part) -> bool:
    """Whether a statement is a docstring or another bare string, an import from drnn/, or for type checkers alone."""
    if isinstance(part, ast.Expr):
        return _is_string(part.value)
    if isinstance(part, ast.ImportFrom):
        return _is_own(part.module)
    return _is_for_type_checkers(part)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_for_type_checkers(node) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _speaks_to_people(node: ast.AST) -> bool:
    """Whether the strings in a node are an error's, a log line's, or the description of a parameter."""
    if isinstance(node, ast.keyword):
        return node.arg == "description"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in LOG_LEVELS and isinstance(node.func.value, ast.Name) and node.func.value.id == "log"
    return isinstance(node, ast.Raise)

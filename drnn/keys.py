"""What made a file, as a short hash in its name.

A key is the hash of a step's name, its parameters, the keys of its inputs, and its code: the syntax, without
comments, docstrings and layout, of the module drnn/steps/<step>.py and of everything in drnn/ that it imports,
with the data files that those modules name. A file of that name is right wherever it came from; a file that does
not exist has to be made. Only the standard library is needed, and Python's version makes no difference.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from drnn.errors import UserError

ROOT = Path(__file__).parent.parent
LENGTH = 10
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
    content = json.dumps([step, params, made_from, code_of(*code)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:LENGTH]


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
    """Hash of the code of these modules and of all in drnn/ that they import."""
    return hashlib.sha256(json.dumps(parts_of(*modules), sort_keys=True).encode()).hexdigest()


def parts_of(*modules: str) -> dict[str, str]:
    """The hash of each of these modules and of all in drnn/ that they import, by name."""
    return {name: _hash_of_module(path) for name, path in reached(*modules).items()}


@cache
def reached(*modules: str) -> dict[str, Path]:
    """Name and file of these modules and of all in drnn/ that they import, wherever the import stands."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if path is None:
            raise UserError(f"{name}: no such module in {ROOT.name}/")
        if name not in found:
            found[name] = path
            waiting += _imports(path)
    return found


def _file(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@cache
def _imports(path: Path) -> list[str]:
    """Modules of drnn/ that a module imports. A package's __init__ counts only if a name is taken from it."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names if alias.name.split(".")[0] == "drnn")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "drnn":
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.append(submodule if _file(submodule) else node.module)
    return found


@cache
def _hash_of_module(path: Path) -> str:
    """Hash of a module's syntax and of the data files beside it that its strings name."""
    tree = ast.parse(path.read_text())
    digest = hashlib.sha256(repr(_canonical(tree)).encode())
    for name in sorted({n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}):
        if _may_name_data(name) and (path.parent / name).is_file():
            digest.update(name.encode() + (path.parent / name).read_bytes())
    return digest.hexdigest()


def _may_name_data(text: str) -> bool:
    return "." in text and not text.endswith(".py") and len(text) < 200 and "\n" not in text and "\0" not in text


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring or another bare string, which says something to a reader alone."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _canonical(node):
    """A syntax tree as nested tuples without docstrings, positions and what only some Python versions write."""
    if isinstance(node, list):
        return tuple(map(_canonical, node))
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = dict(ast.iter_fields(node))
    if isinstance(fields.get("body"), list):
        fields["body"] = [part for part in node.body if not _is_text(part)]
    kept = {name: value for name, value in fields.items() if value not in (None, []) and name not in ("ctx", "kind")}
    return type(node).__name__, tuple((name, _canonical(value)) for name, value in sorted(kept.items()))

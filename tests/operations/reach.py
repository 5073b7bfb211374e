"""
Which endpoints a method comes to use, read from the source.

A name leads to what its module defines or imports from the package, and `self.name` to a method of
the same class. A method of any other value leads to all of that name in what the module imports:
rather too much is found than too little.
"""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs

import connectycube
from connectycube import Endpoint

Spot = tuple[str, str]
"""A module and a name in it; of a method, that of its class, a dot, and its own."""

_PACKAGE: Final = connectycube.__name__
_ROOT: Final = Path(connectycube.__file__).parent
_NOT_THE_CLIENT: Final = {"emulator", "cli", "testing", "__main__"}
# Every call passes through it, and it makes calls of its own for the session.
_CALLER: Final = f"{_PACKAGE}._caller"


@attrs.frozen
class _Module:
    """What a module defines, and what it imports from the package."""

    functions: dict[str, list[ast.AST]]
    imports: dict[str, Spot]
    endpoints: dict[str, Endpoint[Any]]


def endpoints() -> dict[Spot, Endpoint[Any]]:
    """Return every endpoint of the client."""
    found: dict[Spot, Endpoint[Any]] = {}
    for path in sorted(_ROOT.rglob("*.py")):
        parts = path.relative_to(_ROOT).with_suffix("").parts
        if parts[0] not in _NOT_THE_CLIENT and "Endpoint" in path.read_text(encoding="utf-8"):
            name = ".".join((_PACKAGE, *parts)).removesuffix(".__init__")
            found |= {(name, key): one for key, one in _module(name).endpoints.items()}
    return found


@cache
def reached(call: str) -> dict[Spot, Endpoint[Any]]:
    """
    Return the endpoints that a method comes to use.

    Args:
        call: its module, class and name, below the package.
    """
    module, owner, name = f"{_PACKAGE}.{call}".rsplit(".", 2)
    found: dict[Spot, Endpoint[Any]] = {}
    waiting: list[Spot] = [(module, f"{owner}.{name}")]
    seen: set[Spot] = set()
    while waiting:
        spot = waiting.pop()
        if spot in seen or spot[0] == _CALLER:
            continue
        seen.add(spot)
        module, name = spot
        known = _module(module)
        if name in known.endpoints:
            found[spot] = known.endpoints[name]
        elif name in known.imports:
            waiting.append(known.imports[name])
        for node in known.functions.get(name, []):
            waiting.extend(_named(module, name.rpartition(".")[0], node))
    return found


def documentation(call: str) -> list[str]:
    """Return what a method says of itself, and what its class and its module say."""
    module_name, owner, name = f"{_PACKAGE}.{call}".rsplit(".", 2)
    module = importlib.import_module(module_name)
    kind = getattr(module, owner)
    return [one.__doc__ or "" for one in (getattr(kind, name), kind, module)]


@cache
def _module(name: str) -> _Module:
    module = importlib.import_module(name)
    known = _Module({}, {}, {})
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        match node:
            case ast.ImportFrom(module=str(source)) if source.startswith(_PACKAGE):
                known.imports.update((a.asname or a.name, (source, a.name)) for a in node.names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                known.functions.setdefault(node.name, []).append(node)
            case ast.ClassDef():
                for part in node.body:
                    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                        spot = f"{node.name}.{part.name}"
                        known.functions.setdefault(spot, []).append(part)
            case ast.Assign() | ast.AnnAssign():
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    value = getattr(module, getattr(target, "id", ""), None)
                    if isinstance(target, ast.Name) and isinstance(value, Endpoint):
                        known.endpoints[target.id] = value
            case _:
                pass
    return known


def _named(module: str, owner: str, function: ast.AST) -> Iterator[Spot]:
    known = _module(module)
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name):
                yield module, name
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                yield module, f"{owner}.{name}"
            case ast.Attribute(value=ast.Name(id=alias), attr=name) if alias in known.imports:
                yield from _of_module(known.imports[alias], name)
            case ast.Attribute(attr=name):
                for source, kind in known.imports.values():
                    yield source, f"{kind}.{name}"
            case _:
                pass


def _of_module(imported: Spot, name: str) -> Iterator[Spot]:
    """Give a member of an imported module, or a method of an imported class."""
    source, alias = imported
    if (_ROOT.parent / Path(*source.split("."), f"{alias}.py")).exists():
        yield f"{source}.{alias}", name
    else:
        yield source, f"{alias}.{name}"

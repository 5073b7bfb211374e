"""What the package gives to the world, and what it does not load for that."""

import ast
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import connectycube
import connectycube.assist
import connectycube.bots
import connectycube.testing
from connectycube import errors

ROOT = Path(connectycube.__file__).parent
PROJECT = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["project"]
PACKAGES = [connectycube, connectycube.assist, connectycube.bots, connectycube.testing]


def typed_names() -> set[str]:
    """Return the names that type checkers see: those imported under `TYPE_CHECKING`."""
    tree = ast.parse((ROOT / "__init__.py").read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    assert "TYPE_CHECKING" == ast.unparse(guarded.test)
    return {
        name.asname or name.name
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def sorted_as_ruff_does(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_and_there(package: object) -> None:
    """`__all__` lists each name once, in order, and each is there."""
    names: list[str] = getattr(package, "__all__")  # noqa: B009 - of any module

    assert sorted_as_ruff_does(sorted(set(names))) == names
    assert [] == [name for name in names if not hasattr(package, name)]


def test_type_checkers_and_python_see_the_same() -> None:
    """What is loaded late is what is imported for type checkers, no more and no less."""
    assert {*connectycube.__all__, *connectycube._EXTRAS} == typed_names()


def test_every_name_knows_its_home() -> None:
    """The table of homes names what is public, each once."""
    homes = [(home, name) for home, names in connectycube._HOMES.items() for name in names]

    assert len(homes) == len({name for _, name in homes})
    assert {name for _, name in homes} <= set(connectycube.__all__)
    for home, name in homes:
        module = importlib.import_module(f"connectycube.{home}")
        value = getattr(module, name)
        assert value is getattr(connectycube, name)
        # An alias of a type has no home of its own.
        assert not isinstance(value, type) or value.__module__ == module.__name__


@pytest.mark.parametrize("name", connectycube._EXTRAS)
def test_a_missing_extra_is_named(name: str) -> None:
    """Without what it needs, a name says what to install; with it, it is there."""
    extra = connectycube._EXTRAS[name][1]
    assert extra in PROJECT["optional-dependencies"]
    assert name == getattr(connectycube, name).__name__
    code = (
        "import sys\nfor name in ('httpcore2', 'opentelemetry', 'redis'): sys.modules[name] = None"
        f"\nimport connectycube\ntry: connectycube.{name}\nexcept ImportError as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert f"{name} needs an extra: pip install connectycube[{extra}]\n" == done.stdout


def test_every_error_is_public() -> None:
    """An error that nobody can import is an error that nobody can catch."""
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}

    assert classes - {"Any", "Mapping", "Sequence"} <= set(connectycube.__all__)


def test_dir_shows_what_is_public() -> None:
    """Completion in a shell finds the late names too."""
    late = {*connectycube.__all__, *connectycube._EXTRAS}
    assert {*late, "__version__"} == set(dir(connectycube))


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A typo is told as for any module."""
    with pytest.raises(AttributeError, match="module 'connectycube' has no attribute 'Conecty'"):
        connectycube.Conecty  # noqa: B018 - looking is the subject


@pytest.mark.parametrize("statement", ["import connectycube", "from connectycube import ApiError"])
def test_importing_is_cheap(statement: str) -> None:
    """A program that merely has this package does not load an HTTP library for it."""
    heavy = "{'aiohttp', 'asyncio', 'anyio', 'attrs', 'cattrs', 'orjson', 'trio'}"
    code = f"import sys; {statement}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


def test_the_client_does_without_aiohttp() -> None:
    """A program with a transport of its own never loads aiohttp."""
    code = (
        "import sys; from connectycube import ConnectyCube; from connectycube.testing import"
        " ScriptedTransport; ConnectyCube(1, transport=ScriptedTransport());"
        " print('aiohttp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False\n" == done.stdout


def test_the_package_is_typed() -> None:
    """Type checkers of users read our annotations only where this marker lies."""
    assert (ROOT / "py.typed").is_file()


def test_every_module_of_the_client_is_kept_from_the_emulator() -> None:
    """A new module must be named in the rule, or the emulator could come to share it."""
    rules = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["tool"]["importlinter"]
    [rule] = [one for one in rules["contracts"] if one["name"].startswith("The emulator shares")]
    modules = {
        f"connectycube.{path.stem}"
        for path in ROOT.iterdir()
        if (path.suffix == ".py" or path.is_dir()) and not path.stem.startswith("__")
    }

    assert modules - {"connectycube.emulator"} == set(rule["forbidden_modules"])


def test_the_testing_kit_is_loaded_late_and_typed_alike() -> None:
    """Its names too are loaded when first used: every pytest run loads what is around them."""
    tree = ast.parse((ROOT / "testing" / "__init__.py").read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        name.name: (node.module or "").removeprefix("connectycube.testing.")
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }

    assert connectycube.testing._HOME_OF == typed
    assert set(connectycube.testing.__all__) == set(typed) == set(dir(connectycube.testing))
    with pytest.raises(AttributeError, match=r"'connectycube.testing' has no attribute 'Emulato'"):
        connectycube.testing.Emulato  # noqa: B018 - looking is the subject

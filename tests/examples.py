"""The examples, as programs and as modules."""

import importlib.util
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "examples"
EXAMPLES: Final = sorted(FOLDER.glob("*.py"))


def load(name: str) -> Any:
    """Import an example without running it."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""Seeds in files: JSON, or YAML where PyYAML is installed."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .parameters import as_object
from .seeding_place import SeedError

if TYPE_CHECKING:
    from pathlib import Path

_YAML = (".yaml", ".yml")


def read_seed(path: Path) -> dict[str, Any]:
    """
    Return the document of a file, which is YAML if its name ends in `.yaml` or `.yml`, else JSON.

    Raises `OSError` where it cannot be read, and `SeedError` where it is not what it should be.
    """
    content = path.read_bytes()
    value = _read_yaml(path, content) if path.suffix.lower() in _YAML else _read_json(path, content)
    document = as_object({} if value is None else value)
    if document is None:
        raise SeedError(f"{path}: a seed is an object with users, dialogs and so on")
    return document


def _read_json(path: Path, content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise SeedError(f"{path}: {error}") from error


def _read_yaml(path: Path, content: bytes) -> Any:
    try:
        yaml: Any = import_module("yaml")
    except ImportError as error:
        reason = "YAML needs PyYAML: run `pip install pyyaml`, or write the seed as JSON"
        raise SeedError(f"{path}: {reason}") from error
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise SeedError(f"{path}: {error}") from error

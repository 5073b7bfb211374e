"""A service that adds, drops and changes members of its answers breaks no read."""

import json
import pkgutil
import random
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from typing import Any, Final

import attrs
import pytest

from connectycube import Endpoint, models
from connectycube.errors import ConnectyCubeError, DecodeError
from connectycube.models.deleted import Deleted
from connectycube.models.record import Records
from connectycube.session import Session

from . import drift
from .drift import ENDPOINTS, MOMENT, Spot, changed, read, spots

CASES: Final = {name: drift.samples(endpoint) for name, endpoint in ENDPOINTS.items()}
# Those who keep no members that they do not name.
_KEEP_NOTHING: Final = {"Page", "Records", "Session"}
# Nobody reads these from an answer: they are made of others, or of several.
_NOT_READ: Final = {"Batch", "Progress", "RegisteredContact", "Sent", "UnreadCounts"}
# What became of things must not be said on the strength of what cannot be read.
_NOT_GUESSED: Final = {
    (Records, "not_found"),
    *((Deleted, field.name) for field in attrs.fields(Deleted)),
}


def each() -> Iterator[Any]:
    for name, bodies in CASES.items():
        for number, body in enumerate(bodies):
            yield pytest.param(ENDPOINTS[name], body, id=f"{name}-{number}")


def optional(endpoint: Endpoint[Any], body: Any) -> Iterator[Spot]:
    return (one for one in spots(endpoint, body) if one.field.default is not attrs.NOTHING)


def found(endpoint: Endpoint[Any], spot: Spot, result: Any) -> Any:
    """Return the model that a field is of."""
    return list(drift.models(endpoint.result, result))[spot.number]


def others(model: Any) -> Any:
    """Return the members that a model keeps without naming them."""
    return getattr(model, "extra", getattr(model, "fields", None))


def without(model: Any, spot: Spot) -> Any:
    """Return a model without one field, and without what came in another form."""
    gone: dict[str, Any] = {spot.field.alias or spot.field.name: None}
    kept: dict[str, Any] = {name: {} for name in ("extra", "fields") if hasattr(model, name)}
    return attrs.evolve(model, **gone, **kept)


changes = pytest.mark.parametrize(("endpoint", "body"), list(each()))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_call_that_reads_has_an_example(name: str) -> None:
    """So that none is left out here."""
    assert CASES[name]


def test_every_model_is_read_somewhere() -> None:
    """The examples reach all models that there are."""
    names = [one.name for one in pkgutil.iter_modules(models.__path__, f"{models.__name__}.")]
    modules = list(map(import_module, names))
    ours = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and attrs.has(kind) and kind.__module__ == module.__name__
    }
    met = {
        spot.model
        for name, bodies in CASES.items()
        for body in bodies
        for spot in spots(ENDPOINTS[name], body)
    }

    assert {one.__name__ for one in ours} - _NOT_READ == {one.__name__ for one in met - {Session}}


@changes
def test_new_members_break_nothing(endpoint: Endpoint[Any], body: Any) -> None:
    """Everything else is as it was."""
    before, after = read(endpoint, body), read(endpoint, drift.enlarged(body))

    told = zip(
        drift.models(endpoint.result, before), drift.models(endpoint.result, after), strict=True
    )
    for one, other in told:
        for field, kind in drift.fields(type(one)):
            if kind in drift.MISFITS and kind != dict[str, Any]:
                assert getattr(one, field.name) == getattr(other, field.name), field.name


@changes
def test_what_is_optional_may_be_missing_or_null(endpoint: Endpoint[Any], body: Any) -> None:
    """It is then what its field is by default."""
    for spot in optional(endpoint, body):
        for value in ((), (None,)):
            result = read(endpoint, changed(endpoint, body, spot, *value))
            model = found(endpoint, spot, result)

            assert spot.default == getattr(model, spot.field.name), spot


@changes
def test_what_is_optional_may_come_in_another_form(endpoint: Endpoint[Any], body: Any) -> None:
    """It is then as if it were missing, and kept; nothing else of its object is another."""
    for spot in optional(endpoint, body):
        if (spot.model, spot.field.name) in _NOT_GUESSED:
            continue
        missing = found(endpoint, spot, read(endpoint, changed(endpoint, body, spot)))
        for value in spot.misfits:
            if _is_fine(spot, value):
                continue
            model = found(endpoint, spot, read(endpoint, changed(endpoint, body, spot, value)))

            assert spot.default == getattr(model, spot.field.name), (spot, value)
            assert without(missing, spot) == without(model, spot), (spot, value)
            if spot.model.__name__ not in _KEEP_NOTHING:
                assert {**others(missing), spot.wire: value} == others(model)


def _is_fine(spot: Spot, value: Any) -> bool:
    """Say whether a value of another form has a meaning of its own there."""
    nobody = spot.model is Session and spot.wire == "user_id" and not value
    blank = spot.field.metadata.get("blank_is_none") and value == ""
    return nobody or bool(blank)


_OTHER_FORMS: Final[dict[Any, list[tuple[Any, Any]]]] = {
    int: [("90211", 90211)],
    str: [(90211, "90211"), ("something newer", "something newer")],
    float: [("4.5", 4.5), (4, 4.0)],
    bool: [("1", True), (0, False), ("false", False)],
    list[int]: [(["90211", 3], [90211, 3]), ("1, 2", [1, 2])],
    list[str]: [([5, "a"], ["5", "a"]), ("a,b", ["a", "b"])],
}


@changes
def test_numbers_may_be_texts(endpoint: Endpoint[Any], body: Any) -> None:
    """Whether ids or counts, alone or in lists; ids that are texts may be numbers."""
    for spot in spots(endpoint, body):
        for value, expected in _OTHER_FORMS.get(spot.kind, []):
            result = read(endpoint, changed(endpoint, body, spot, value))

            assert expected == getattr(found(endpoint, spot, result), spot.field.name), spot


@changes
def test_dates_may_be_in_any_form(endpoint: Endpoint[Any], body: Any) -> None:
    """Seconds since 1970 as a number or a text, and ISO 8601, with and without a zone."""
    seconds = MOMENT.timestamp()
    texts = ["2031-05-17T08:30:00Z", "2031-05-17T10:30:00.000+02:00", "2031-05-17T08:30:00"]
    for spot in spots(endpoint, body):
        if spot.kind is datetime:
            for value in (seconds, int(seconds), str(int(seconds)), *texts):
                result = read(endpoint, changed(endpoint, body, spot, value))

                assert MOMENT == getattr(found(endpoint, spot, result), spot.field.name), value


@changes
def test_enumerations_may_grow(endpoint: Endpoint[Any], body: Any) -> None:
    """What is newer than this package is told as it came."""
    for spot in spots(endpoint, body):
        if spot.kind in (int, str):
            value = 997 if spot.kind is int else "newer"
            result = read(endpoint, changed(endpoint, body, spot, value))

            assert value == getattr(found(endpoint, spot, result), spot.field.name), spot


@changes
def test_whatever_changes_there_is_a_value_or_an_error_of_ours(
    endpoint: Endpoint[Any], body: Any
) -> None:
    """Several things at once, wherever they are, needed or not."""
    dice = random.Random(json.dumps(body))  # noqa: S311 - no secret
    refusals: list[ConnectyCubeError] = []
    for _ in range(100):
        try:
            read(endpoint, shaken(body, dice))
        except ConnectyCubeError as error:
            refusals.append(error)

    assert [] == [one for one in refusals if isinstance(one, DecodeError) and "canary" in repr(one)]
    assert len(refusals) < 100


def shaken(value: Any, dice: random.Random) -> Any:
    """Return JSON in which some values are others, and some members are missing."""
    odd: list[Any] = [
        None,
        True,
        7,
        -1.5,
        "canary",
        "",
        [],
        {},
        [None],
        [[]],
        {"": "canary"},
        {"_id": []},
    ]
    if dice.random() < 0.05:
        return dice.choice(odd)
    if isinstance(value, list):
        return [shaken(one, dice) for one in value]
    if isinstance(value, dict):
        return {name: shaken(one, dice) for name, one in value.items() if dice.random() > 0.03}
    return value


def test_an_answer_to_a_deletion_is_not_guessed_at() -> None:
    """What became of things must not be said on the strength of what cannot be read."""
    endpoint = next(one for one in ENDPOINTS.values() if one.result is Deleted)
    for told in ({"NotFound": 5}, {"SuccessfullyDeleted": {"ids": {"a": 1}}}):
        with pytest.raises(ConnectyCubeError):
            read(endpoint, told)

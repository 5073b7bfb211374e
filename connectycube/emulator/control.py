"""The `/_emulator/…` routes: what tests do in Python, over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from .messages import WireRequest, WireResponse
from .parameters import Parameters, as_object
from .settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Fault
    from .service import Service

PREFIX = "/_emulator/"

_FAULT_KINDS = frozenset(("status", "answer", "delay", "hang", "drop", "cut", "expire"))


def control(service: Service, request: WireRequest) -> WireResponse:
    """Answer a control request; it is not recorded, needs no session and meets no fault."""
    operation = _OPERATIONS.get((request.method, request.path.removeprefix(PREFIX)))
    if operation is None:
        return _json(404, {"errors": [f"No control route {request.method} {request.path}"]})
    try:
        return _json(200, operation(service, _members(request.body)))
    except (TypeError, ValueError, KeyError) as error:
        return _json(400, {"errors": [str(error.args[0])]})


def _members(body: bytes) -> Parameters:
    members = as_object(json.loads(body)) if body.strip() else {}
    if members is None:
        raise TypeError("the body is a JSON object")
    return members


def _requests(service: Service, _members: Parameters) -> Any:
    return [
        {
            "method": one.method,
            "path": one.path,
            "query": one.query,
            "headers": dict(one.headers),
            "json": one.json,
        }
        for one in list(service.requests)
    ]


def _reset(service: Service, _members: Parameters) -> Any:
    service.reset()
    return {}


def _now(service: Service, _members: Parameters) -> Any:
    return {"now": service.clock.now().isoformat()}


def _move_clock(service: Service, members: Parameters) -> Any:
    service.clock.advance(float(members["advance"]))
    return _now(service, members)


def _faults(service: Service, _members: Parameters) -> Any:
    return [_shown_fault(fault) for fault in service.faults.scripted]


def _add_fault(service: Service, members: Parameters) -> Any:
    kind = members.pop("kind", None)
    if kind not in _FAULT_KINDS:
        raise ValueError(f"kind is one of {', '.join(sorted(_FAULT_KINDS))}")
    return _shown_fault(getattr(service.faults, kind)(**members))


def _clear_faults(service: Service, _members: Parameters) -> Any:
    service.faults.clear()
    return {}


def _mails(service: Service, _members: Parameters) -> Any:
    return [
        attrs.asdict(mail) | {"sent_at": mail.sent_at.isoformat()}
        for mail in list(service.world.mails)
    ]


def _settings(service: Service, _members: Parameters) -> Any:
    return attrs.asdict(service.settings)


def _change_settings(service: Service, members: Parameters) -> Any:
    known = attrs.asdict(service.settings)
    for name, value in members.items():
        if name not in known:
            raise ValueError(f"no setting is called {name}")
        _check_kind(name, value, known[name])
    # All or nothing: a candidate that the validators take, then the switches themselves.
    wanted = attrs.evolve(service.settings, **members)
    for switch in attrs.fields(Settings):
        setattr(service.settings, switch.name, getattr(wanted, switch.name))
    return _settings(service, members)


def _check_kind(name: str, value: Any, known: Any) -> None:
    if isinstance(known, bool) or isinstance(value, bool):
        fits = isinstance(known, bool) and isinstance(value, bool)
    elif isinstance(known, str):
        fits = isinstance(value, str)
    else:
        fits = isinstance(value, (int, float))
    if not fits:
        raise TypeError(f"{name} does not take that kind of value")


def _shown_fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "method": fault.method,
        "path": fault.path,
        "remaining": fault.remaining,
        "after": fault.after,
    }


def _json(status: int, payload: Any) -> WireResponse:
    return WireResponse(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8"},
        body=json.dumps(payload).encode(),
    )


_OPERATIONS: dict[tuple[str, str], Callable[[Service, Parameters], Any]] = {
    ("GET", "requests"): _requests,
    ("POST", "reset"): _reset,
    ("GET", "clock"): _now,
    ("POST", "clock"): _move_clock,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "mails"): _mails,
    ("GET", "settings"): _settings,
    ("PATCH", "settings"): _change_settings,
}

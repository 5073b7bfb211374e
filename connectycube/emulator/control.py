"""The `/_emulator/…` routes: what tests do in Python, over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import attrs

from .fault import Fault, FaultKind
from .http_verify import HttpVerify
from .identity import IdentityProvider
from .messages import WireRequest, WireResponse
from .parameters import Parameters, as_object
from .settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from .matching import Rule
    from .messages import RecordedRequest
    from .service import Service

PREFIX = "/_emulator/"

_MAPPINGS = ("request_mapping", "response_mapping")
# They hold callables, so they have routes of their own or none.
_CALLABLE_SETTINGS = ("identity", "verifiers")
_FAULT_KINDS = frozenset(get_args(FaultKind))


def control(service: Service, request: WireRequest) -> WireResponse:
    """Answer a control request; it is not recorded, needs no session and meets no fault."""
    operation = _OPERATIONS.get((request.method, request.path.removeprefix(PREFIX)))
    if operation is None:
        return _json(404, {"errors": [f"No control route {request.method} {request.path}"]})
    try:
        return _json(200, operation(service, _members(request.body)))
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        return _json(400, {"errors": [str(error.args[0])]})


def _members(body: bytes) -> Parameters:
    members = as_object(json.loads(body)) if body.strip() else {}
    if members is None:
        raise TypeError("the body is a JSON object")
    return members


def _requests(service: Service, _members: Parameters) -> Any:
    return [_shown_request(one) | {"json": one.json} for one in list(service.requests)]


def _store_requests(service: Service, _members: Parameters) -> Any:
    return [
        _shown_request(one) | {"form": _shown_form(one)} for one in list(service.store_requests)
    ]


def _stored_objects(service: Service, _members: Parameters) -> Any:
    return [
        {
            "key": one.key,
            "content_type": one.content_type,
            "public": one.public,
            "etag": one.etag,
            "size": len(one.content),
        }
        for one in list(service.world.store.objects.values())
    ]


def _hosts(service: Service, _members: Parameters) -> Any:
    return None if service.hosts is None else attrs.asdict(service.hosts)


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
    if kind == "script":
        steps = [None if step is None else _step(step) for step in members.pop("steps")]
        return _shown_fault(service.faults.script(steps, **members))
    return _shown_fault(getattr(service.faults, _known_kind(kind))(**members))


def _step(value: Any) -> Fault:
    members = as_object(value)
    if members is None:
        raise TypeError("a step is a fault, or null")
    step = dict(members)
    made: Fault = getattr(Fault, _known_kind(step.pop("kind", None)))(**step)
    return made


def _known_kind(kind: object) -> str:
    if kind not in _FAULT_KINDS:
        raise ValueError(f"kind is one of {', '.join(sorted((*_FAULT_KINDS, 'script')))}")
    return str(kind)


def _seed_faults(service: Service, members: Parameters) -> Any:
    service.faults.seed(**members)
    return {}


def _seed(service: Service, members: Parameters) -> Any:
    return service.seed(members)


def _seeded(service: Service, _members: Parameters) -> Any:
    return service.seeded


def _clear_faults(service: Service, _members: Parameters) -> Any:
    service.faults.clear()
    return {}


def _mails(service: Service, _members: Parameters) -> Any:
    return [
        attrs.asdict(mail) | {"sent_at": mail.sent_at.isoformat()}
        for mail in list(service.world.mails)
    ]


def _firebase_token(service: Service, members: Parameters) -> Any:
    return {"token": service.world.firebase_token(**members)}


def _social_token(service: Service, members: Parameters) -> Any:
    return {"token": service.world.social_token(**members)}


def _online(service: Service, _members: Parameters) -> Any:
    return [user.id for user in service.world.users if user.is_online]


def _set_online(service: Service, members: Parameters) -> Any:
    service.world.set_online(**members)
    return _online(service, members)


def _identity(service: Service, _members: Parameters) -> Any:
    provider = service.settings.identity
    if provider is None:
        return None
    verify = provider.verify
    shown = attrs.asdict(verify) if isinstance(verify, HttpVerify) else {"callable": repr(verify)}
    mappings = {name: dict(getattr(provider, name)) for name in _MAPPINGS}
    return shown | mappings


def _set_identity(service: Service, members: Parameters) -> Any:
    mappings = {name: _texts(members.pop(name)) for name in _MAPPINGS if name in members}
    service.settings.identity = IdentityProvider(verify=HttpVerify(**members), **mappings)
    return _identity(service, members)


def _clear_identity(service: Service, _members: Parameters) -> Any:
    service.settings.identity = None
    return {}


def _texts(value: Any) -> dict[str, str]:
    members = as_object(value)
    if members is None or not all(isinstance(text, str) for text in members.values()):
        raise TypeError("a mapping is an object of strings")
    return members


def _settings(service: Service, _members: Parameters) -> Any:
    return attrs.asdict(
        service.settings, filter=lambda switch, _value: switch.name not in _CALLABLE_SETTINGS
    )


def _change_settings(service: Service, members: Parameters) -> Any:
    known = _settings(service, members)
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


def _shown_request(one: RecordedRequest) -> dict[str, Any]:
    return {
        "method": one.method,
        "path": one.path,
        "query": one.query,
        "headers": dict(one.headers),
        "size": one.size,
        "fault": one.fault,
        "processed": one.processed,
        "user_id": one.user_id,
    }


def _shown_form(one: RecordedRequest) -> list[dict[str, Any]]:
    return [
        {"name": part.name, "filename": part.filename, "content_type": part.content_type}
        | ({"size": part.size} if part.name == "file" else {"value": part.text})
        for part in one.form
    ]


def _shown_fault(rule: Rule) -> dict[str, Any]:
    return {
        "kind": rule.kind,
        "method": rule.method,
        "path": rule.path,
        "origin": rule.origin,
        "session": rule.session,
        "after": rule.after,
        "every": rule.every,
        "probability": rule.probability,
        "remaining": rule.remaining,
    }


def _json(status: int, payload: Any) -> WireResponse:
    return WireResponse(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8"},
        body=json.dumps(payload).encode(),
    )


_OPERATIONS: dict[tuple[str, str], Callable[[Service, Parameters], Any]] = {
    ("GET", "requests"): _requests,
    ("GET", "store/requests"): _store_requests,
    ("GET", "store/objects"): _stored_objects,
    ("GET", "hosts"): _hosts,
    ("POST", "reset"): _reset,
    ("GET", "seed"): _seeded,
    ("POST", "seed"): _seed,
    ("GET", "clock"): _now,
    ("POST", "clock"): _move_clock,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "faults/seed"): _seed_faults,
    ("GET", "mails"): _mails,
    ("POST", "tokens/firebase"): _firebase_token,
    ("POST", "tokens/social"): _social_token,
    ("GET", "online"): _online,
    ("POST", "online"): _set_online,
    ("GET", "identity"): _identity,
    ("PUT", "identity"): _set_identity,
    ("DELETE", "identity"): _clear_identity,
    ("GET", "settings"): _settings,
    ("PATCH", "settings"): _change_settings,
}

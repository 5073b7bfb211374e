"""Who vouches for a user: the application's own backend, Firebase, Facebook, Twitter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from .parameters import as_object

Verify: TypeAlias = Callable[[Mapping[str, str]], Any]
"""
Ask an application's own backend with the mapped parameters.

It returns the JSON of an answer, or a pair of status and JSON; what it raises is a refusal.
"""

Vouch: TypeAlias = Callable[[Mapping[str, str]], Mapping[str, Any] | None]
"""
Ask a provider with the members that the request brought, as `access_token` and `project_id`.

It returns members of the user, the provider's own among them, or None; what it raises is a refusal.
"""

_TEMPLATE = re.compile(r"#\{([^}]*)\}")
_OK = range(200, 300)


@attrs.frozen(kw_only=True)
class IdentityProvider:
    """
    Let logins that nobody has be tokens, which the application's own backend verifies.

    `verify` is called without any lock, from whichever thread handles the request; `HttpVerify` is
    one that asks a URL. `#{…}` in the request mapping names a member of the request (`login` or
    `password`); in the response mapping it is a dotted path in the answer. The response mapping
    needs `uid`; other members of a user may follow, for users that are created (inferred).
    """

    verify: Verify
    request_mapping: Mapping[str, str] = attrs.field(factory=lambda: {"token": "#{login}"})
    response_mapping: Mapping[str, str] = attrs.field(factory=lambda: {"uid": "#{user.id}"})

    def ask(self, members: Mapping[str, str]) -> Mapping[str, str]:
        """Return the mapped members of the backend's answer; raise `IdentityRefusedError`."""
        asked = {
            name: _TEMPLATE.sub(lambda found: members.get(found[1], ""), template)
            for name, template in self.request_mapping.items()
        }
        status, answer = _status_and_answer(self.verify, asked)
        if status not in _OK:
            raise IdentityRefusedError(status, _reason(answer))
        mapped = {name: _fill(text, answer) for name, text in self.response_mapping.items()}
        return {name: text for name, text in mapped.items() if text is not None}


class IdentityRefusedError(Exception):
    """Carry the status and the words of a backend that says no."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


def _status_and_answer(verify: Verify, asked: Mapping[str, str]) -> tuple[int, Any]:
    try:
        answer = verify(asked)
    except Exception as error:
        # A backend that fails or cannot be reached is one that does not confirm (status inferred).
        raise IdentityRefusedError(500, str(error) or type(error).__name__) from error
    if isinstance(answer, tuple):
        status, answer = answer
        return int(status), answer
    return 200, answer


def _reason(answer: Any) -> str:
    members = as_object(answer) or {}
    found = members.get("error") or members.get("message") or members.get("errors") or answer
    return found if isinstance(found, str) else repr(found)


def _fill(template: str, answer: Any) -> str | None:
    missing = False

    def fill(found: re.Match[str]) -> str:
        nonlocal missing
        value = answer
        for step in found[1].split("."):
            value = (as_object(value) or {}).get(step)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return str(value)
        missing = True
        return ""

    text = _TEMPLATE.sub(fill, template)
    return None if missing else text

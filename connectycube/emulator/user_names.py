"""The names that only one user can have: login and e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Profile, User


class TakenError(ValueError):
    """Say which of login and e-mail another user already has."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"{' and '.join(names)} must be unique")
        self.names = names


class UserNames:
    """Lead from a login or an e-mail to the id of its user; whoever calls has the lock."""

    def __init__(self) -> None:
        self._by_login: dict[str, int] = {}
        self._by_email: dict[str, int] = {}

    def find(self, *, login: str | None = None, email: str | None = None) -> int | None:
        """Return the id of the user with this login or, failing that, this e-mail."""
        found = self._by_login.get(login) if login is not None else None
        if found is None and email is not None:
            found = self._by_email.get(email)
        return found

    def change(self, user: User, changes: Profile) -> None:
        """Write these members; a taken login or e-mail raises `TakenError` and writes nothing."""
        if taken := self._taken(changes, by_other_than=user.id):
            raise TakenError(taken)
        self.forget(user)
        for name, value in changes.items():
            setattr(user, name, value)
        if user.login is not None:
            self._by_login[user.login] = user.id
        if user.email is not None:
            self._by_email[user.email] = user.id

    def forget(self, user: User) -> None:
        """Free the names of a user."""
        if user.login is not None:
            self._by_login.pop(user.login, None)
        if user.email is not None:
            self._by_email.pop(user.email, None)

    def _taken(self, changes: Profile, *, by_other_than: int) -> list[str]:
        holders = {
            "login": self._by_login.get(changes.get("login") or ""),
            "email": self._by_email.get(changes.get("email") or ""),
        }
        return [name for name, holder in holders.items() if holder not in (None, by_other_than)]

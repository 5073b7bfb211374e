"""What a seed calls things, and which ids they got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .records import User
    from .seeding_place import Place
    from .world import World

Kind = Literal["users", "files", "dialogs", "messages", "whiteboards", "records", "meetings"]
Seeded = dict[Kind, dict[str, int | str]]
"""The ids by name, kind by kind; of files their uids."""


class Names:
    """Remember what was seeded under which name."""

    def __init__(self) -> None:
        self._ids: Seeded = {}

    @property
    def ids(self) -> Seeded:
        """Return a copy of all names with their ids."""
        return {kind: dict(ids) for kind, ids in self._ids.items()}

    def keep(self, kind: Kind, place: Place, name: str | None, id: int | str) -> None:  # noqa: A002
        """Name a thing; a name that is taken is refused, and what has no name is not kept."""
        if name is None:
            return
        known = self._ids.setdefault(kind, {})
        if name in known:
            place.refuse(f'there are two {kind} called "{name}": give one a key')
        known[name] = id

    def find(self, kind: Kind, place: Place) -> str:
        """Return the id of what a place names."""
        found = self.look_up(kind, place.text())
        if found is None:
            place.refuse(f'there are no {kind} called "{place.text()}" before this')
        return str(found)

    def look_up(self, kind: Kind, name: str) -> int | str | None:
        """Return the id of a name, if it has one."""
        return self._ids.get(kind, {}).get(name)

    def user(self, world: World, place: Place) -> User:
        """Return the user whom a place names: by key, login or e-mail."""
        name = place.text()
        user = self.look_up_user(world, name)
        if user is None:
            place.refuse(f'there is no user called "{name}"')
        return user

    def look_up_user(self, world: World, name: str) -> User | None:
        """Return the user of a name, if there is one."""
        user_id = self.look_up("users", name)
        if user_id is not None:
            return world.user(int(user_id))
        return world.find_user(login=name, email=name)

    def user_ids(self, world: World, place: Place) -> list[int]:
        """Return the ids of the users whom a list names."""
        return [self.user(world, one).id for one in place.items()]

    def file_or_text(self, place: Place) -> str:
        """Return the uid of a file, where a text is the name of one, or else the text."""
        uid = self.look_up("files", place.text())
        return place.text() if uid is None else str(uid)

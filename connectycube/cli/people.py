"""Names of users by their ids, asked for once."""

from collections.abc import Iterable

from connectycube import where
from connectycube.client import ConnectyCube


class People:
    """What to call users in what people read; nobody is asked about twice."""

    def __init__(self, cube: ConnectyCube) -> None:
        self._cube = cube
        self._names: dict[int, str] = {}

    async def learn(self, ids: Iterable[int | None]) -> None:
        """Look up those who are not known yet."""
        unknown = {one for one in ids if one is not None} - self._names.keys()
        if not unknown:
            return
        async for user in self._cube.users.iterate(id=where.in_(sorted(unknown))):
            self._names[user.id] = user.full_name or user.login or user.email or str(user.id)
        for one in unknown:
            self._names.setdefault(one, str(one))

    def name(self, user_id: int | None) -> str:
        """Return a name, or the id where nobody told one."""
        return "" if user_id is None else self._names.get(user_id, str(user_id))

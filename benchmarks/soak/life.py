"""Whole lives: somebody signs up, changes a password, leaves, comes back, and is deleted."""

from random import Random

import attrs

from benchmarks.soak.book import Book, T, Told
from connectycube import ConnectyCube, EmailPassword, LoginPassword, SignedOutError
from connectycube.emulator import World


@attrs.define(eq=False)
class Lives:
    """
    Plays lives from beginning to end.

    Attributes:
        lobby: signs people up; it has no user.
        late: whose sign-up nobody waited for, so that it may arrive when their life is over.
    """

    book: Book
    world: World
    lobby: ConnectyCube
    random: Random
    late: set[str] = attrs.field(factory=set)

    async def one(self) -> None:
        """Play one life, and leave nobody behind."""
        name = f"mayfly-{self.book.started}"
        try:
            if (user_id := await self._sign_up(name)) is not None:
                await self._live(name, user_id)
        finally:
            if (left := self.world.find_user(login=name)) is not None:
                self.world.remove_user(left.id)

    async def _sign_up(self, name: str) -> int | None:
        told = await self.book.call(
            "sign_up",
            "lobby",
            self.lobby,
            lambda cube: cube.users.sign_up(
                login=name, email=_email(name), password=_password(name)
            ),
        )
        user = self.world.find_user(login=name)
        if told.value is not None:
            self.check(told, "there", holds=user is not None and user.id == told.value.id)
        if told.state == "refused":
            self.check(told, "nobody", holds=user is None)
        if told.state in {"unknown", "cancelled"} and user is None:
            self.late.add(name)
        return None if user is None else user.id

    async def _live(self, name: str, user_id: int) -> None:
        auth = (
            LoginPassword(name, _password(name))
            if self.random.random() < 0.5  # noqa: PLR2004 - a share
            else EmailPassword(_email(name), _password(name))
        )
        async with self.lobby.with_auth(auth) as cube:
            told = await self.book.call("create_session", name, cube, lambda c: c.create_session())
            if told.value is not None:
                self.check(told, "our own", holds=told.value.user_id == user_id)
            await self._be_reminded(name, user_id, cube)
            await self._change_password(name, user_id, cube)
            await self._leave_and_return(name, user_id, cube)
            await self._end(name, user_id, cube)
        # The service creates whom it does not know: a renewal too many would bring somebody back.
        again = self.world.find_user(login=name) or self.world.find_user(email=_email(name))
        self.check(told, "one life", holds=again is None or again.id == user_id)

    async def _be_reminded(self, name: str, user_id: int, cube: ConnectyCube) -> None:
        told = await self.book.call(
            "reset_password", name, cube, lambda c: c.users.reset_password(_email(name))
        )
        mails = sum(mail.user_id == user_id for mail in self.world.mails)
        self.check(told, "one mail at most", holds=mails <= 1)
        if told.state == "ok":
            self.check(told, "one mail", holds=mails == 1)
        if told.state == "refused":
            self.check(told, "no mail", holds=mails == 0)

    async def _change_password(self, name: str, user_id: int, cube: ConnectyCube) -> None:
        old, new = _password(name), f"new-{_password(name)}"
        told = await self.book.call(
            "change_password",
            name,
            cube,
            lambda c: c.users.update(password=new, old_password=old),
        )
        user = self.world.user(user_id)
        if told.state == "ok":
            self.check(told, "the new one", holds=user is not None and user.password == new)
        if told.state == "refused":
            self.check(told, "the old one", holds=user is not None and user.password == old)
        if told.state != "ok" and user is not None:
            user.password = old  # who does not know which one holds could not go on

    async def _leave_and_return(self, name: str, user_id: int, cube: ConnectyCube) -> None:
        auth = LoginPassword(name, self._password_of(user_id))
        left = await self.book.call("logout", name, cube, lambda c: c.logout())
        if left.state == "ok":
            session = await self.book.call("get_session", name, cube, lambda c: c.get_session())
            if session.value is not None:
                self.check(session, "without a user", holds=session.value.user_id is None)
        told = await self.book.call("login", name, cube, lambda c: c.login(auth))
        if told.value is not None:
            self.check(told, "our own", holds=told.value.id == user_id)

    async def _end(self, name: str, user_id: int, cube: ConnectyCube) -> None:
        told = await self.book.call("delete_user", name, cube, lambda c: c.users.delete())
        gone = self.world.user(user_id) is None
        if told.state == "ok":
            self.check(told, "gone", holds=gone)
        if told.state == "refused":
            self.check(told, "still there", holds=not gone)
        after = await self.book.call("get", name, cube, lambda c: c.users.get(user_id))
        if told.state == "ok":
            signed_out = isinstance(after.error, SignedOutError) or after.state == "cancelled"
            self.check(after, "signed out", holds=signed_out)

    def check(self, told: Told[T], what: str, *, holds: bool) -> None:
        self.book.check(told, what, holds=holds)

    def _password_of(self, user_id: int) -> str:
        user = self.world.user(user_id)
        return user.password if user is not None and user.password else "nobody's"


def _email(name: str) -> str:
    return f"{name}@example.com"


def _password(name: str) -> str:
    return f"password-of-{name}"

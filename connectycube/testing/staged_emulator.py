"""The emulator with people on it: clients of it, and actors who talk with what is tested."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, Unpack

from connectycube.auth.password import LoginPassword
from connectycube.auth.strategy import AuthStrategy
from connectycube.chat.connection import ChatConnection
from connectycube.client import ConnectyCube, Options
from connectycube.emulator.chat_records import DialogType
from connectycube.emulator.local import Emulator
from connectycube.emulator.records import User
from connectycube.models.dialog import Dialog, DialogLike
from connectycube.session import Clock, Session
from connectycube.testing._backstage import Backstage
from connectycube.testing._running import Running
from connectycube.testing.actor import Actor, Whom
from connectycube.testing.inprocess import EmulatorTransport

TESTER: Final = "tester"
_PASSWORD: Final = "long-enough-for-the-emulator"  # noqa: S105 - of users who live in memory alone


class StagedEmulator(Emulator):
    """
    An emulator on real ports, with clients and actors; the fixture `connectycube_emulator` is one.

    It takes the options of `Emulator`, and can do all that it can.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._backstage = Backstage()
        self._actors: list[Actor] = []

    def client(
        self, who: str | AuthStrategy = TESTER, /, **options: Unpack[Options]
    ) -> ConnectyCube:
        """
        Return a client that reaches the emulator without a socket, on any event loop.

        It signs in at its first call that needs a session, and needs no closing. Its clock is the
        emulator's: what `clock.advance` skips has passed for both. The chat takes a real line, on
        this machine.

        Args:
            who: the login, the e-mail or the seed's key of a user, who is created where there is
                none; or a strategy.
            options: further ones of `ConnectyCube`.
        """
        given: Options = {
            "app_id": self.app_id,
            "auth_key": self.auth_key,
            "auth": self._strategy_of(who) if isinstance(who, str) else who,
            "base_url": self.base_url,
            "hosts": self.hosts,
            "transport": EmulatorTransport(self.service),
            "clock": Clock(monotonic=self._seconds, wall=self._seconds),
            **options,
        }
        return ConnectyCube(**given)

    async def actor(self, login: str) -> Actor:
        """
        Return somebody who is online in the chat from now on, to send and see messages.

        Actors go offline at the latest when the emulator is reset or stopped.

        Args:
            login: the login, the e-mail or the seed's key of a user, who is created where there
                is none.
        """
        user = self._user(login)
        actor = Actor(
            user.id,
            login,
            backstage=self._backstage,
            chat=lambda: self._chat_of(user),
            resolve=self._resolve,
            name_of=self._name_of,
        )
        self._actors.append(actor)
        await actor.appear()
        return actor

    def running(self, run: Callable[..., Coroutine[Any, Any, object]]) -> Running:
        """
        Return what runs something for the time of an `async with` block, such as `Bot.run`.

        The block begins when it is ready: `run` takes `task_status`, as for anyio's `start`. It is
        cancelled when the block is left. Errors come out as they are, in no group.
        """
        return Running(run)

    def dismiss_actors(self) -> None:
        """Let all actors go offline."""
        actors, self._actors = self._actors, []
        for actor in actors:
            actor.dismiss()

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that `ConnectyCube.from_env` reads to get here."""
        return {
            "CONNECTYCUBE_APP_ID": str(self.app_id),
            "CONNECTYCUBE_AUTH_KEY": self.auth_key,
            "CONNECTYCUBE_BASE_URL": self.base_url,
        }

    def reset(self, *, seed: Mapping[str, Any] | None = None) -> None:
        self.dismiss_actors()
        super().reset(seed=seed)

    def stop(self) -> None:
        self.dismiss_actors()
        self._backstage.close()
        super().stop()

    def _strategy_of(self, name: str) -> AuthStrategy:
        user = self._user(name)
        if user.password is None or user.login is None:
            self.world.change_user(
                user, {"login": user.login or name, "password": user.password or _PASSWORD}
            )
        return LoginPassword(str(user.login), str(user.password))

    def _user(self, name: str) -> User:
        return self._find_user(name) or self.world.add_user(login=name, password=_PASSWORD)

    def _find_user(self, name: str) -> User | None:
        seeded = self.seeded.get("users", {}).get(name)
        if seeded is not None:
            return self.world.user(int(seeded))
        return self.world.find_user(login=name) or self.world.find_user(email=name)

    def _chat_of(self, user: User) -> ChatConnection:
        return self.client(_Backdoor(self, user)).chat.connect()

    def _resolve(self, to: Whom, sender_id: int) -> int | DialogLike:
        """Return what a conversation can send to."""
        if isinstance(to, Dialog):
            return to
        name = to if isinstance(to, int | str) else to.id
        if isinstance(name, int):
            return name
        dialog = self.world.chat.dialog(str(self.seeded.get("dialogs", {}).get(name, name)))
        if dialog is not None and dialog.type == DialogType.PRIVATE:
            # Has no room: what is said there goes from one to the other.
            return next(one for one in dialog.occupants_ids if one != sender_id)
        if dialog is not None:
            return dialog.id
        user = self._find_user(name)
        if user is None:
            raise LookupError(f"there is no user and no dialog {name!r}")
        return user.id

    def _name_of(self, user_id: int) -> str:
        user = self.world.user(user_id)
        return f"user {user_id}" if user is None or user.login is None else user.login

    def _seconds(self) -> float:
        return self.clock.now().timestamp()

    def __repr__(self) -> str:
        return super().__repr__().replace("Emulator", "StagedEmulator", 1)


class _Backdoor:
    """Signs a user in without a request, so that the application's own are all that is counted."""

    identity = None

    def __init__(self, emulator: Emulator, user: User) -> None:
        self._emulator = emulator
        self._user = user

    async def credentials(self, previous: Session | None, /) -> Session:
        del previous
        return Session.from_token(self._token(), self._user.id)

    async def chat_password(self, session: Session, /) -> str:
        # A fresh one: the session's own may be of an hour that the clock has skipped.
        del session
        return self._token()

    def _token(self) -> str:
        world = self._emulator.world
        return world.open_session(self._user, ts=int(world.now().timestamp())).token

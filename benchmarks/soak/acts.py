"""What those who are there all along do, and what must hold after each call."""

from random import Random
from typing import Final

import attrs

from benchmarks.soak.book import Book, T, Told, Work
from connectycube import Blob, ConnectyCube, LoginPassword, SignedOutError, where
from connectycube.emulator import World

_CREATE: Final = "POST /blobs"
_UPDATE: Final = "PUT /users/{user_id}"
_MOST_FILES: Final = 6
_SMALL: Final = 3_000
_LARGE: Final = 300_000
_RARELY: Final = 0.03


@attrs.define(eq=False)
class Known:
    """
    A file that is whole, as far as anybody knows.

    Attributes:
        doubted: a request to delete it may still be on its way, over a real line.
    """

    blob: Blob
    content: bytes
    names: set[str]
    doubted: bool = False


@attrs.define(eq=False)
class Actor:
    """Somebody with a session of their own, which many workers use at once."""

    name: str
    id: int
    cube: ConnectyCube
    files: list[Known] = attrs.field(factory=list[Known])

    @property
    def auth(self) -> LoginPassword:
        return LoginPassword(self.name, f"password-of-{self.name}")


@attrs.define(eq=False)
class Acts:
    """Picks somebody and something to do, at random."""

    book: Book
    world: World
    actors: list[Actor]
    random: Random

    async def one(self) -> None:
        """Let one of the actors do one thing."""
        [act] = self.random.choices(
            [self.look, self.search, self.walk, self.change, self.ask, self.sign_in, self.sign_out],
            [20, 8, 6, 14, 3, 3, 1],
        )
        await act(self.random.choice(self.actors))

    async def one_with_files(self) -> None:
        """The same, with a file."""
        [act] = self.random.choices(
            [self.upload, self.download, self.inspect, self.rename, self.remove, self.portray],
            [9, 12, 5, 5, 5, 4],
        )
        await act(self.random.choice(self.actors))

    # -- users

    async def look(self, actor: Actor) -> None:
        wanted = self.random.choice(self.actors)
        told = await self.call("get", actor, lambda cube: cube.users.get(wanted.id))
        if told.value is not None:
            self.check(told, "whom we asked for", holds=told.value.login == wanted.name)

    async def search(self, actor: Actor) -> None:
        wanted = self.random.sample(self.actors, 3)
        names = [one.name for one in wanted]
        told = await self.call(
            "find", actor, lambda cube: cube.users.find(login=where.in_(names), sort="id")
        )
        if told.value is not None:
            found = [user.id for user in told.value.items]
            self.check(told, "whom we asked for", holds=found == sorted(one.id for one in wanted))

    async def walk(self, actor: Actor) -> None:
        ids = [one.id for one in self.actors]

        async def all_of_them(cube: ConnectyCube) -> list[int]:
            return [user.id async for user in cube.users.iterate(id=where.in_(ids), limit=5)]

        told = await self.call("iterate", actor, all_of_them)
        if told.value is not None:
            self.check(told, "everybody, once each", holds=told.value == ids)

    async def change(self, actor: Actor) -> None:
        value = f"{actor.name} {self.book.started}"
        told = await self.call("update", actor, lambda cube: cube.users.update(full_name=value))
        user = self.world.user(actor.id)
        if told.value is not None:
            self.check(told, "our own", holds=told.value.id == actor.id)
            self.check(told, "what we wrote", holds=told.value.full_name == value)
            self.check(told, "written", holds=told.call.accepted(_UPDATE) > 0)
        if told.state == "refused":
            self.check(told, "untouched", holds=user is not None and user.full_name != value)

    async def portray(self, actor: Actor) -> None:
        name, content = self._content()
        told = await self.call(
            "set_avatar", actor, lambda cube: cube.users.set_avatar(content, name=name)
        )
        user = self.world.user(actor.id)
        files = [one.uid for one in self.world.files if one.name == name]
        shown = user is not None and user.avatar in files
        if told.value is not None:
            whole = told.value.avatar is not None and self._holds(told.value.avatar, content)
            self.check(told, "whole", holds=whole)
        if told.state == "refused":
            self.check(told, "untouched", holds=not shown)

    # -- sessions

    async def ask(self, actor: Actor) -> None:
        told = await self.call("get_session", actor, lambda cube: cube.get_session())
        if told.value is not None:
            self.check(told, "our own", holds=told.value.user_id == actor.id)

    async def sign_in(self, actor: Actor) -> None:
        if self.random.random() < 0.3:  # noqa: PLR2004 - a share
            user = await self.call("login", actor, lambda cube: cube.login(actor.auth))
            if user.value is not None:
                self.check(user, "our own", holds=user.value.id == actor.id)
            return
        told = await self.call("create_session", actor, lambda cube: cube.create_session())
        if told.value is not None:
            self.check(told, "our own", holds=told.value.user_id == actor.id)

    async def sign_out(self, actor: Actor) -> None:
        session = actor.cube.session
        told = await self.call("destroy_session", actor, lambda cube: cube.destroy_session())
        if told.state == "ok" and session is not None:
            alive = {one.token for one in self.world.sessions}
            self.check(told, "ended", holds=session.token not in alive)

    # -- files

    async def upload(self, actor: Actor) -> None:
        name, content = self._content()
        told = await self.call(
            "upload", actor, lambda cube: cube.storage.upload(content, name=name)
        )
        files = [one for one in self.world.files if one.name == name]
        whole = [one for one in files if one.completed_at is not None]
        self.check(told, "done once at most", holds=len(whole) <= 1)
        self.check(told, "what we sent", holds=all(self._holds(f.uid, content) for f in whole))
        records = told.call.accepted(_CREATE)
        self.check(told, f"{records} records at most", holds=len(files) <= records)
        if told.state == "refused":
            self.check(told, "undone", holds=not whole)
        if told.value is not None:
            self.check(told, "done", holds=[told.value.uid] == [one.uid for one in whole])
            actor.files.append(Known(told.value, content, {name}))
            if len(actor.files) > _MOST_FILES:
                await self.remove(actor)

    async def download(self, actor: Actor) -> None:
        if (file := self._any_file()) is None:
            return
        told = await self.call("download", actor, lambda cube: cube.storage.download(file.blob.uid))
        if told.state == "ok":
            self.check(told, "what was uploaded", holds=told.value == file.content)

    async def inspect(self, actor: Actor) -> None:
        if (file := self._any_file()) is None:
            return
        told = await self.call("get_file", actor, lambda cube: cube.storage.get(file.blob.id))
        if told.value is not None:
            size = len(file.content)
            whole = (told.value.uid, told.value.size) == (file.blob.uid, size)
            self.check(told, "the same file", holds=whole and told.value.name in file.names)

    async def rename(self, actor: Actor) -> None:
        if not actor.files:
            return
        file = self.random.choice(actor.files)
        name = f"renamed-{self.book.started}"
        file.names.add(name)
        told = await self.call(
            "rename", actor, lambda cube: cube.storage.update(file.blob.id, name=name)
        )
        if told.value is not None:
            self.check(told, "its new name", holds=told.value.name == name)
        if told.state == "refused":
            record = self.world.files.find(id=str(file.blob.id))
            self.check(told, "untouched", holds=record is None or record.name != name)

    async def remove(self, actor: Actor) -> None:
        if not actor.files:
            return
        file = actor.files.pop(self.random.randrange(len(actor.files)))
        told = await self.call("delete_file", actor, lambda cube: cube.storage.delete(file.blob.id))
        record = self.world.files.find(id=str(file.blob.id))
        if told.state == "ok":
            gone = record is None and file.blob.uid not in self.world.store.objects
            self.check(told, "gone", holds=gone)
        if told.state == "refused" and not file.doubted:
            self.check(told, "still there", holds=record is not None)
        if record is not None:
            file.doubted |= told.state != "refused"
            actor.files.append(file)

    # -- the rest

    async def call(self, kind: str, actor: Actor, work: Work[T]) -> Told[T]:
        told = await self.book.call(kind, actor.name, actor.cube, work)
        if isinstance(told.error, SignedOutError):
            await self.book.call(
                "create_session", actor.name, actor.cube, lambda cube: cube.create_session()
            )
        return told

    def check(self, told: Told[T], what: str, *, holds: bool) -> None:
        self.book.check(told, what, holds=holds)

    def _content(self) -> tuple[str, bytes]:
        """Return a name that nobody else uses, and something to keep under it."""
        size = self.random.randrange(_LARGE if self.random.random() < _RARELY else _SMALL)
        return f"file-{self.book.started}", self.random.randbytes(size)

    def _any_file(self) -> Known | None:
        files = [file for actor in self.actors for file in actor.files]
        return self.random.choice(files) if files else None

    def _holds(self, uid: str, content: bytes) -> bool:
        stored = self.world.store.objects.get(uid)
        return stored is not None and stored.content == content

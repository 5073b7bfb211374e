"""The official SDK as a party of the scripted conversation: `chat_partner.mjs`, in a process."""

import itertools
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import anyio
import attrs
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.chat_script import PATIENCE, Inbox, Place

LONGEST = 1 << 20


@attrs.frozen(kw_only=True)
class SdkSettings:
    """
    What the SDK is started with.

    Attributes:
        node: the command.
        folder: where the module and the SDK are found.
        domain: what users' addresses end in, which is the host of `websocket`.
        given: what flows are given, too: see `stage.mjs`.
    """

    node: str
    folder: Path
    domain: str
    websocket: str
    given: Mapping[str, Any]
    user_id: int
    password: str = attrs.field(repr=False)


class SdkPartner:
    """One process of the SDK, connected for as long as its block."""

    def __init__(self, settings: SdkSettings) -> None:
        self._settings = settings
        self.user_id = settings.user_id
        self.inbox = Inbox()
        self._ids = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._answered = anyio.Event()
        self._is_over = False
        self._printed: list[str] = []
        self._tasks = anyio.create_task_group()
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        settings = self._settings
        given = {
            **settings.given,
            "domain": settings.domain,
            "websocket": settings.websocket,
            "userId": settings.user_id,
            "password": settings.password,
        }
        self._process = await anyio.open_process(
            [settings.node, "chat_partner.mjs"],
            cwd=settings.folder,
            env={**os.environ, "INTEROP": json.dumps(given)},
            stderr=subprocess.STDOUT,
        )
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._listen, self._process)
        try:
            await self._call("connect")
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            with anyio.move_on_after(PATIENCE, shield=True) as scope:
                await process.stdin.aclose()
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
            # The listener ends with the process.
            await self._tasks.__aexit__(None, None, None)
            await process.aclose()
        if error is None:
            assert not scope.cancelled_caught, "the SDK does not end"
            # It complains where nobody else does.
            assert [] == self._printed

    def another(self) -> "SdkPartner":
        return SdkPartner(self._settings)

    async def send(
        self,
        place: Place,
        body: str | None,
        *,
        params: Mapping[str, Any] | None = None,
        attachments: Iterable[Mapping[str, Any]] = (),
    ) -> str:
        said = {"body": body, "params": params or {}, "attachments": list(attachments)}
        message_id: str = await self._call("send", **_where(place), **said)
        return message_id

    async def typing(self, place: Place, *, is_typing: bool) -> None:
        await self._call("typing", **_where(place), isTyping=is_typing)

    async def mark_read(self, place: Place, user_id: int, message_id: str) -> None:
        named = {"messageId": message_id, "userId": user_id, "dialogId": place.dialog_id}
        await self._call("markRead", **named)

    async def edit(
        self, place: Place, message_id: str, body: str, *, is_last: bool, params: Mapping[str, Any]
    ) -> None:
        said = {"id": message_id, "body": body, "isLast": is_last, "params": params}
        await self._call("edit", **_where(place), **said)

    async def delete(self, place: Place, message_id: str) -> None:
        await self._call("remove", **_where(place), id=message_id)

    async def send_system(
        self, user_id: int, params: Mapping[str, Any], body: str | None = None
    ) -> str:
        said = {"userId": user_id, "params": params, "body": body}
        message_id: str = await self._call("sendSystem", **said)
        return message_id

    async def send_signal(
        self,
        user_id: int,
        type: str,  # noqa: A002 - the service's word
        session_id: str,
        params: Mapping[str, Any],
    ) -> None:
        said = {"type": type, "session": session_id, "params": params}
        await self._call("sendSignal", userId=user_id, **said)

    async def join(self, dialog_id: str) -> None:
        await self._call("join", dialogId=dialog_id)

    async def leave(self, dialog_id: str) -> None:
        await self._call("leave", dialogId=dialog_id)

    async def occupants(self, dialog_id: str) -> list[int]:
        found: list[int] = await self._call("occupants", dialogId=dialog_id)
        return found

    async def ping(self) -> None:
        await self._call("ping")

    async def last_activity(self, user_id: int) -> int:
        seconds: int = await self._call("lastActivity", userId=user_id)
        return seconds

    async def watch(self, user_id: int, *, enable: bool) -> None:
        await self._call("watch", userId=user_id, enable=enable)

    async def set_active(self, *, is_active: bool) -> None:
        await self._call("setActive", isActive=is_active)

    async def block(self, name: str, user_id: int, *, is_mutual: bool) -> None:
        await self._call("block", name=name, userId=user_id, isMutual=is_mutual)

    async def blocked(self, name: str) -> list[int]:
        found: list[int] = await self._call("blocked", name=name)
        return found

    async def privacy_names(self) -> tuple[set[str], str | None]:
        found = await self._call("privacyNames")
        # The SDK names the default twice.
        return set(found["names"]), found["default"]

    async def unblock(self, name: str) -> None:
        await self._call("unblock", name=name)

    async def _call(self, call: str, **args: Any) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        number = next(self._ids)
        line = json.dumps({"id": number, "call": call, "args": args})
        await self._process.stdin.send(f"{line}\n".encode())
        with anyio.fail_after(PATIENCE):
            while number not in self._answers:
                assert not self._is_over, f"the SDK has ended: {self._printed}"
                await self._answered.wait()
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return answer["value"]

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        lines = BufferedByteReceiveStream(process.stdout)
        while True:
            try:
                line = await lines.receive_until(b"\n", LONGEST)
            except (anyio.IncompleteRead, anyio.ClosedResourceError):
                self._is_over = True
                self._tell_all()
                return
            self._take(line.decode())

    def _take(self, line: str) -> None:
        assert "canary" not in line
        if not line.startswith("{"):
            self._printed.append(line)
            return
        told = json.loads(line)
        if "kind" in told:
            self.inbox.put(told)
        else:
            self._answers[told["id"]] = told
            self._tell_all()

    def _tell_all(self) -> None:
        self._answered.set()
        self._answered = anyio.Event()


def _where(place: Place) -> dict[str, Any]:
    return {"target": place.target, "dialogId": place.dialog_id}

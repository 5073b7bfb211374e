"""slixmpp as a party of the scripted conversation: it knows nothing of us."""

import asyncio
import itertools
import secrets
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self
from xml.etree import ElementTree as ET

import attrs
import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.chat_script import PATIENCE, Inbox, Place

from .slixmpp_reading import CLIENT, CORRECT, DELETE, MARKERS, STATES, heard, number

LAST: Final = "{jabber:iq:last}"
PRIVACY: Final = "{jabber:iq:privacy}"
MUC_USER: Final = "{http://jabber.org/protocol/muc#user}"
CARBONS: Final = "{urn:xmpp:carbons:2}"
FORWARD: Final = "{urn:xmpp:forward:0}"
STREAMING: Final = "{https://connectycube.com/protocol/status_streaming}"
MOBILE: Final = "{http://tigase.org/protocol/mobile#v2}"
ONE_WAY: Final = ("message", "presence-in", "presence-out", "iq")
PLUGINS: Final = (
    "xep_0012",
    "xep_0030",
    "xep_0045",
    "xep_0085",
    "xep_0198",
    "xep_0199",
    "xep_0280",
)


@attrs.frozen(kw_only=True)
class SlixmppSettings:
    """Where it goes, and as whom."""

    port: int
    app_id: int
    user_id: int
    password: str = attrs.field(repr=False)
    domain: str = "localhost"


class SlixmppPartner:
    """One client of slixmpp's, connected for as long as its block."""

    def __init__(self, settings: SlixmppSettings) -> None:
        self._settings = settings
        self.user_id = settings.user_id
        self.inbox = Inbox()
        self._numbers = itertools.count(1)
        self._said: set[str] = set()
        self._watched: set[int] = set()
        self._rooms: dict[str, set[int]] = {}
        self._moved: dict[str, asyncio.Event] = {}
        client: Any = slixmpp.ClientXMPP(self._user(settings.user_id), settings.password)
        client.enable_plaintext, client.enable_starttls = True, False
        client.enable_direct_tls = False
        for plugin in PLUGINS:
            client.register_plugin(plugin)
        client.plugin["feature_mechanisms"].unencrypted_plain = True
        for name, hear in (
            ("message", self._message),
            ("presence", self._presence),
            (f"iq/{LAST}query", self._activity),
        ):
            client.register_handler(Callback(f"our {name}", MatchXPath(CLIENT + name), hear))
        client.add_event_handler("stanza_acked", self._acked)
        self._client = client

    async def __aenter__(self) -> Self:
        began = asyncio.Event()
        self._client.add_event_handler("session_start", lambda _: began.set())
        self._client.connect("127.0.0.1", self._settings.port)
        await asyncio.wait_for(began.wait(), PATIENCE)
        await self._client.plugin["xep_0280"].enable(timeout=PATIENCE)
        self._client.send_presence()
        await self.ping()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        writing = self._client._run_out_filters  # it forgets to wait for it
        await self._client.disconnect()
        writing.cancel()
        await asyncio.wait([writing])

    def another(self) -> "SlixmppPartner":
        return SlixmppPartner(self._settings)

    # -- what it says

    async def send(
        self,
        place: Place,
        body: str | None,
        *,
        params: Mapping[str, Any] | None = None,
        attachments: Iterable[Mapping[str, Any]] = (),
    ) -> str:
        extra = _extra({"save_to_history": "1", "dialog_id": place.dialog_id, **(params or {})})
        for attachment in attachments:
            named = {name: str(value) for name, value in attachment.items()}
            ET.SubElement(extra, f"{CLIENT}attachment", named)
        message_id = self._say(place, body, extra)
        self._said.add(message_id)
        # It asks at once, and writes messages a moment later: that would ask too early.
        await self.ping()
        self._client.plugin["xep_0198"].request_ack()
        return message_id

    async def typing(self, place: Place, *, is_typing: bool) -> None:
        self._say(place, None, ET.Element(STATES + ("composing" if is_typing else "paused")))

    async def mark_read(self, place: Place, user_id: int, message_id: str) -> None:
        self._mark("displayed", user_id, message_id, place.dialog_id)

    async def edit(
        self, place: Place, message_id: str, body: str, *, is_last: bool, params: Mapping[str, Any]
    ) -> None:
        named = {"id": message_id, "last": "true" if is_last else "false"}
        extra = _extra({"dialog_id": place.dialog_id, **params})
        self._say(place, body, ET.Element(f"{CORRECT}replace", named), extra)

    async def delete(self, place: Place, message_id: str) -> None:
        removal = ET.Element(f"{DELETE}remove", {"id": message_id})
        self._say(place, None, removal, _extra({"dialog_id": place.dialog_id}))

    async def send_system(
        self, user_id: int, params: Mapping[str, Any], body: str | None = None
    ) -> str:
        extra = _extra({"moduleIdentifier": "SystemNotifications", **params})
        return self._say(Place("", user_id), body, extra, kind="headline")

    async def send_signal(
        self,
        user_id: int,
        type: str,  # noqa: A002 - the service's word
        session_id: str,
        params: Mapping[str, Any],
    ) -> None:
        named = {"signalType": type, "sessionID": session_id, **params}
        extra = _extra({"moduleIdentifier": "WebRTCVideoChat", **named})
        self._say(Place("", user_id), None, extra, kind="headline")

    async def join(self, dialog_id: str) -> None:
        muc = self._client.plugin["xep_0045"]
        await self._move(
            dialog_id, lambda room: muc.join_muc(room, str(self.user_id), maxhistory="0")
        )

    async def leave(self, dialog_id: str) -> None:
        muc = self._client.plugin["xep_0045"]
        await self._move(dialog_id, lambda room: muc.leave_muc(room, str(self.user_id)))

    async def occupants(self, dialog_id: str) -> list[int]:
        disco = self._client.plugin["xep_0030"]
        found = await disco.get_items(self._room(dialog_id), timeout=PATIENCE)
        return [int(slixmpp.JID(jid).resource) for jid, _, _ in found["disco_items"]["items"]]

    async def ping(self) -> None:
        await self._client.plugin["xep_0199"].ping(self._settings.domain, timeout=PATIENCE)

    async def last_activity(self, user_id: int) -> int:
        last = self._client.plugin["xep_0012"]
        found = await last.get_last_activity(self._user(user_id), timeout=PATIENCE)
        return int(found["last_activity"]["seconds"])

    async def watch(self, user_id: int, *, enable: bool) -> None:
        (self._watched.add if enable else self._watched.discard)(user_id)
        named = {"user_jid": self._user(user_id), "enable": "true" if enable else "false"}
        await self._set(ET.Element(f"{STREAMING}subscribe", named))

    async def set_active(self, *, is_active: bool) -> None:
        await self._set(ET.Element(f"{MOBILE}mobile", {"enable": str(not is_active).lower()}))

    async def block(self, name: str, user_id: int, *, is_mutual: bool) -> None:
        query = ET.Element(f"{PRIVACY}query")
        blocked = ET.SubElement(query, f"{PRIVACY}list", {"name": name})
        in_groups = f"muc.{self._settings.domain}/{user_id}"
        for order, value in enumerate((self._user(user_id), in_groups), 1):
            named = {"type": "jid", "value": value, "action": "deny", "order": str(order)}
            item = ET.SubElement(blocked, f"{PRIVACY}item", named)
            for what in () if is_mutual else ONE_WAY:
                ET.SubElement(item, PRIVACY + what)
        await self._set(query)
        await self._hold(name)

    async def blocked(self, name: str) -> list[int]:
        query = ET.Element(f"{PRIVACY}query")
        ET.SubElement(query, f"{PRIVACY}list", {"name": name})
        answer = await self._client.make_iq_get().set_payload(query).send(timeout=PATIENCE)
        values = [item.get("value", "") for item in answer.xml.iter(f"{PRIVACY}item")]
        return [number(value) for value in values if "@" in value]

    async def privacy_names(self) -> tuple[set[str], str | None]:
        query = ET.Element(f"{PRIVACY}query")
        answer = await self._client.make_iq_get().set_payload(query).send(timeout=PATIENCE)
        names = {item.get("name", "") for item in answer.xml.iter(f"{PRIVACY}list")}
        default = next(answer.xml.iter(f"{PRIVACY}default"), None)
        return names, None if default is None else default.get("name")

    async def unblock(self, name: str) -> None:
        await self._hold(None)
        query = ET.Element(f"{PRIVACY}query")
        ET.SubElement(query, f"{PRIVACY}list", {"name": name})
        await self._set(query)

    # -- how

    def _user(self, user_id: int) -> str:
        return f"{user_id}-{self._settings.app_id}@{self._settings.domain}"

    def _room(self, dialog_id: str) -> str:
        return f"{self._settings.app_id}_{dialog_id}@muc.{self._settings.domain}"

    def _say(
        self, place: Place, body: str | None, *children: "ET.Element[str]", kind: str = ""
    ) -> str:
        to = self._room(place.dialog_id) if place.user_id is None else self._user(place.user_id)
        in_room = "groupchat" if place.user_id is None else "chat"
        message = self._client.make_message(to, body, mtype=kind or in_room)
        message["id"] = message_id = secrets.token_hex(12)
        for child in children:
            message.append(child)
        message.send()
        return message_id

    def _mark(self, mark: str, user_id: int, message_id: str, dialog_id: str) -> None:
        child = ET.Element(MARKERS + mark, {"id": message_id})
        self._say(Place("", user_id), None, child, _extra({"dialog_id": dialog_id}))

    async def _move(self, dialog_id: str, move: Any) -> None:
        moved = self._moved[dialog_id] = asyncio.Event()
        move(self._room(dialog_id))
        await asyncio.wait_for(moved.wait(), PATIENCE)

    async def _set(self, payload: "ET.Element[str]") -> None:
        await self._client.make_iq_set().set_payload(payload).send(timeout=PATIENCE)

    async def _hold(self, name: str | None) -> None:
        query = ET.Element(f"{PRIVACY}query")
        ET.SubElement(query, f"{PRIVACY}default", {} if name is None else {"name": name})
        await self._set(query)

    # -- what it hears

    def _acked(self, stanza: Any) -> None:
        if stanza["id"] in self._said:
            self.inbox.put({"kind": "sent", "id": stanza["id"]})

    def _activity(self, iq: Any) -> None:
        user_id = number(str(iq["from"]))
        if user_id in self._watched:
            seconds = int(iq.xml.find(f"{LAST}query").get("seconds"))
            self.inbox.put({"kind": "activity", "user_id": user_id, "seconds": seconds})

    def _presence(self, presence: Any) -> None:
        jid = presence["from"]
        if not jid.domain.startswith("muc."):
            return
        dialog_id, user_id = jid.local.partition("_")[2], int(jid.resource or 0)
        is_gone = presence["type"] == "unavailable"
        codes = {status.get("code") for status in presence.xml.iter(f"{MUC_USER}status")}
        if "110" in codes:
            if is_gone:
                self._rooms.pop(dialog_id, None)
            else:
                self._rooms[dialog_id] = set()
            self._moved[dialog_id].set()
            return
        there = self._rooms.get(dialog_id)
        # Before we are in ourselves it is the roll; a second device of somebody is no news.
        if there is None or (user_id in there and not is_gone):
            return
        (there.discard if is_gone else there.add)(user_id)
        kind = "left" if is_gone else "joined"
        self.inbox.put({"kind": kind, "dialog_id": dialog_id, "user_id": user_id})

    def _message(self, stanza: Any) -> None:
        xml, is_carbon = stanza.xml, False
        for way in ("sent", "received"):
            inner = xml.find(f"{CARBONS}{way}/{FORWARD}forwarded/{CLIENT}message")
            if inner is not None:
                xml, is_carbon = inner, True
        told = heard(xml)
        if told is None:
            return
        if told["kind"] == "message":
            told["is_carbon"] = is_carbon
            if not is_carbon and told["user_id"] != self.user_id and told["dialog_id"]:
                self._mark("received", told["user_id"], told["id"], told["dialog_id"])
        self.inbox.put(told)


def _extra(params: Mapping[str, Any]) -> "ET.Element[str]":
    extra = ET.Element(f"{CLIENT}extraParams")
    _fill(extra, params)
    return extra


def _fill(parent: "ET.Element[str]", params: Mapping[str, Any]) -> None:
    for name, given in params.items():
        for value in given if isinstance(given, list) else [given]:
            child = ET.SubElement(parent, CLIENT + name)
            if isinstance(value, Mapping):
                _fill(child, value)
            else:
                child.text = str(value)

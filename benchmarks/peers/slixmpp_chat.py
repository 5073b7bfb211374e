"""
slixmpp, told and asked as little as a bot of this service needs.

What it does not do by itself is done as cheaply as it can be: one context for TLS, a handler of
its own for messages, and a question in its queue behind messages, where its own come before the
message that they ask about. It asks at every fifth message; `sparing` stops that, so that there is
one question at a time, as with us.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, Final
from xml.etree import ElementTree as ET

from benchmarks.chat_server import APP_ID, HOST
from benchmarks.peers.talking import EXTRA, USER_ID, Hear, Place

_slixmpp: Any = import_module("slixmpp")
_callback: Any = import_module("slixmpp.xmlstream.handler").Callback
_path: Any = import_module("slixmpp.xmlstream.matcher").MatchXPath
_CLIENT: Final = "{jabber:client}"
_QUESTION: Final = '<r xmlns="urn:xmpp:sm:3"/>'
_PATIENCE: Final = 60.0


class _Slixmpp:
    def __init__(self, client: Any, hear: Hear) -> None:
        self._client = client
        self._hear = hear
        self._sent: dict[str, asyncio.Future[None]] = {}
        self._is_asked = False
        client.add_event_handler("stanza_acked", self._acked)
        client.register_handler(_callback("ours", _path(f"{_CLIENT}message"), self._message))
        client.register_handler(
            _callback("answered", _path("{urn:xmpp:sm:3}a"), self._answered, instream=True)
        )

    async def send(self, user_id: int, body: str) -> None:
        message = self._client.make_message(f"{user_id}-{APP_ID}@{HOST}", body, mtype="chat")
        message["id"] = message_id = secrets.token_hex(12)
        extra = ET.SubElement(message.xml, f"{_CLIENT}extraParams")
        for name, value in {**EXTRA, "save_to_history": "1"}.items():
            ET.SubElement(extra, _CLIENT + name).text = value
        sent = self._sent[message_id] = asyncio.get_running_loop().create_future()
        message.send()
        self._ask()
        await sent

    async def listen(self) -> None:
        await asyncio.Event().wait()  # it calls handlers by itself

    def _ask(self) -> None:
        if self._sent and not self._is_asked:
            self._is_asked = True
            # Behind all that is queued in this turn of the loop.
            asyncio.get_running_loop().call_soon(self._client.send, _QUESTION, False)

    def _acked(self, stanza: Any) -> None:
        if sent := self._sent.pop(stanza["id"], None):
            sent.set_result(None)

    def _answered(self, _answer: Any) -> None:
        self._is_asked = False
        self._ask()

    def _message(self, stanza: Any) -> None:
        xml = stanza.xml
        told = {"id": xml.get("id"), "sender": xml.get("from"), "type": xml.get("type")}
        extra = xml.find(f"{_CLIENT}extraParams")
        for child in () if extra is None else extra:
            told[child.tag.removeprefix(_CLIENT)] = child.text
        self._hear(xml.findtext(f"{_CLIENT}body") or "")


@asynccontextmanager
async def sparing(place: Place, hear: Hear) -> AsyncIterator[_Slixmpp]:
    """Open one that asks nothing by itself."""
    client = _client(place)
    counting = client.plugin["xep_0198"]
    counting.window = counting.window_counter = 0  # it never comes down to 0
    async with _opened(client, place, hear) as talker:
        yield talker


@asynccontextmanager
async def talking(place: Place, hear: Hear) -> AsyncIterator[_Slixmpp]:
    """Open one as it comes."""
    async with _opened(_client(place), place, hear) as talker:
        yield talker


def _client(place: Place) -> Any:
    jid = f"{USER_ID}-{APP_ID}@{HOST}"
    client = _slixmpp.ClientXMPP(jid, "awesomepwd", ssl_context=place.tls)
    client.enable_starttls = False
    client.enable_plaintext, client.enable_direct_tls = place.tls is None, place.tls is not None
    for plugin in ("xep_0198", "xep_0199", "xep_0280"):
        client.register_plugin(plugin)
    client.plugin["feature_mechanisms"].unencrypted_plain = True
    return client


@asynccontextmanager
async def _opened(client: Any, place: Place, hear: Hear) -> AsyncIterator[_Slixmpp]:
    talker = _Slixmpp(client, hear)
    began = asyncio.Event()
    client.add_event_handler("session_start", lambda _: began.set())
    client.connect(HOST, place.port)
    await asyncio.wait_for(began.wait(), _PATIENCE)
    await client.plugin["xep_0280"].enable(timeout=_PATIENCE)
    client.send_presence()
    try:
        yield talker
    finally:
        writing = client._run_out_filters  # noqa: SLF001 - it forgets to wait for it
        await client.disconnect()
        writing.cancel()
        await asyncio.wait([writing])

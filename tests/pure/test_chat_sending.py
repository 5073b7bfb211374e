"""Everything that we say, as the service is to read it."""
# ruff: noqa: E501 - a frame stands on one line, to be read as it is sent

import math
from typing import Any

import pytest

from connectycube.chat.element import parse
from connectycube.chat.privacy import Block
from connectycube.chat.protocol import ChatProtocol
from connectycube.errors import ChatClosedError, InvalidInputError
from connectycube.models.message import Attachment

from .chat_talk import ADDRESS, APP, DIALOG, ME, MESSAGE, ROOM, THEM, Talk, online

NEW = "000000000000000000000001"
CHAT = f'<message to="8-774@chat.test" type="chat" id="{NEW}">'
GROUP = f'<message to="{ROOM}" type="groupchat" id="{NEW}">'
HEADLINE = f'<message to="8-774@chat.test" type="headline" id="{NEW}">'
IN_DIALOG = f"<extraParams><dialog_id>{DIALOG}</dialog_id></extraParams>"


def said(method: str, *args: Any, **options: Any) -> Any:
    talk = online()
    getattr(talk.protocol, method)(*args, **options)
    return talk.asks()


@pytest.mark.parametrize(
    ("args", "options", "frame"),
    [
        (
            (THEM, "hi"),
            {},
            f"{CHAT}<body>hi</body><extraParams><save_to_history>1</save_to_history></extraParams></message>",
        ),
        ((THEM, "hi"), {"save_to_history": False}, f"{CHAT}<body>hi</body></message>"),
        (
            (DIALOG, "hi"),
            {"save_to_history": False},
            f"{GROUP}<body>hi</body>{IN_DIALOG}</message>",
        ),
        (
            (THEM, "hi"),
            {"save_to_history": False, "dialog_id": DIALOG},
            f"{CHAT}<body>hi</body>{IN_DIALOG}</message>",
        ),
        (
            (THEM, "hi"),
            {"silent": True},
            f"{CHAT}<body>hi</body><extraParams><save_to_history>1</save_to_history><silent>1</silent></extraParams></message>",
        ),
        (
            (THEM, "hi"),
            {
                "params": {"a": "x", "n": 1, "f": 1.5, "t": True, "o": {"b": "y", "c": 2}},
                "save_to_history": False,
            },
            f"{CHAT}<body>hi</body><extraParams><a>x</a><n>1</n><f>1.5</f><t>true</t><o><b>y</b><c>2</c></o></extraParams></message>",
        ),
        (
            (THEM,),
            {
                "attachments": [
                    Attachment(type="image", uid="u1", size=9, content_type="image/png"),
                    {"type": "x", "my": "y"},
                ],
                "save_to_history": False,
            },
            f'{CHAT}<extraParams><attachment type="image" uid="u1" size="9" content-type="image/png"/><attachment type="x" my="y"/></extraParams></message>',
        ),
        (
            (THEM, None),
            {
                "attachments": [Attachment(type="location", data='{"lat":"1","lng":"2"}')],
                "save_to_history": False,
            },
            f'{CHAT}<extraParams><attachment type=\'location\' data=\'{{"lat":"1","lng":"2"}}\'/></extraParams></message>',
        ),
        (
            (THEM, "hi"),
            {"markable": True, "save_to_history": False},
            f'{CHAT}<body>hi</body><markable xmlns="urn:xmpp:chat-markers:0"/></message>',
        ),
        (
            (THEM, "hi"),
            {"destroy_after": 30},
            f'{CHAT}<body>hi</body><destroy xmlns="urn:xmpp:message-destroy-after:0" after="30"/></message>',
        ),
        (
            (THEM, "a\x07\x1b[0m\ud800b"),
            {"save_to_history": False},
            f"{CHAT}<body>a[0mb</body></message>",
        ),
        (
            (THEM, "hi"),
            {"message_id": MESSAGE, "save_to_history": False},
            f"{CHAT.replace(NEW, MESSAGE)}<body>hi</body></message>",
        ),
    ],
)
def test_a_message(args: tuple[Any, ...], options: dict[str, Any], frame: str) -> None:
    """To a user or a room; all else is in its parameters."""
    assert parse(frame) == said("send_message", *args, **options)


@pytest.mark.parametrize(
    ("method", "args", "options", "frame"),
    [
        (
            "edit_message",
            (THEM, MESSAGE, "new"),
            {"is_last": True, "dialog_id": DIALOG},
            f'{CHAT}<body>new</body><replace xmlns="urn:xmpp:message-correct:0" id="{MESSAGE}" last="true"/>{IN_DIALOG}</message>',
        ),
        (
            "edit_message",
            (DIALOG, MESSAGE, "new"),
            {"params": {"a": "b"}},
            f'{GROUP}<body>new</body><replace xmlns="urn:xmpp:message-correct:0" id="{MESSAGE}" last="false"/><extraParams><a>b</a><dialog_id>{DIALOG}</dialog_id></extraParams></message>',
        ),
        (
            "delete_message",
            (DIALOG, MESSAGE),
            {},
            f'{GROUP}<remove xmlns="urn:xmpp:message-delete:0" id="{MESSAGE}"/>{IN_DIALOG}</message>',
        ),
        (
            "delete_message",
            (THEM, MESSAGE),
            {"dialog_id": DIALOG},
            f'{CHAT}<remove xmlns="urn:xmpp:message-delete:0" id="{MESSAGE}"/>{IN_DIALOG}</message>',
        ),
        (
            "send_typing",
            (THEM,),
            {},
            f'{CHAT}<composing xmlns="http://jabber.org/protocol/chatstates"/></message>',
        ),
        (
            "send_typing",
            (DIALOG,),
            {"active": False},
            f'{GROUP}<paused xmlns="http://jabber.org/protocol/chatstates"/></message>',
        ),
        (
            "mark_delivered",
            (THEM, MESSAGE),
            {"dialog_id": DIALOG},
            f'{CHAT}<received xmlns="urn:xmpp:chat-markers:0" id="{MESSAGE}"/>{IN_DIALOG}</message>',
        ),
        (
            "mark_read",
            (THEM, MESSAGE),
            {"dialog_id": DIALOG},
            f'{CHAT}<displayed xmlns="urn:xmpp:chat-markers:0" id="{MESSAGE}"/>{IN_DIALOG}</message>',
        ),
        (
            "send_system",
            (THEM, {"dialog_id": "x", "a": 1}),
            {"body": "b"},
            f"{HEADLINE}<body>b</body><extraParams><moduleIdentifier>SystemNotifications</moduleIdentifier><dialog_id>x</dialog_id><a>1</a></extraParams></message>",
        ),
        (
            "send_system",
            (THEM,),
            {},
            f"{HEADLINE}<extraParams><moduleIdentifier>SystemNotifications</moduleIdentifier></extraParams></message>",
        ),
        (
            "send_call_signal",
            (
                THEM,
                "iceCandidates",
                "s1",
                {
                    "iceCandidates": {"iceCandidate": [{"sdpMid": "0"}, {"sdpMid": "1"}]},
                    "opponentsIDs": {"opponentID": [8, 9]},
                },
            ),
            {},
            f"{HEADLINE}<extraParams><moduleIdentifier>WebRTCVideoChat</moduleIdentifier><signalType>iceCandidates</signalType><sessionID>s1</sessionID><iceCandidates><iceCandidate><sdpMid>0</sdpMid></iceCandidate><iceCandidate><sdpMid>1</sdpMid></iceCandidate></iceCandidates><opponentsIDs><opponentID>8</opponentID><opponentID>9</opponentID></opponentsIDs></extraParams></message>",
        ),
        (
            "send_subscription",
            (THEM, "subscribe"),
            {},
            '<presence to="8-774@chat.test" type="subscribe"/>',
        ),
    ],
)
def test_all_else(method: str, args: tuple[Any, ...], options: dict[str, Any], frame: str) -> None:
    """Changes, marks, states, headlines: each with the dialog it is about."""
    assert parse(frame) == said(method, *args, **options)


@pytest.mark.parametrize(
    ("method", "args", "options"),
    [
        ("send_message", (THEM,), {}),
        ("send_message", (THEM, ""), {}),
        ("send_message", (THEM, "\x07"), {}),
        ("send_message", (THEM, 5), {}),
        ("send_message", (0, "hi"), {}),
        ("send_message", (True, "hi"), {}),
        ("send_message", (None, "hi"), {}),
        ("send_message", ("no dialog", "hi"), {}),
        ("send_message", (f"{DIALOG}/x", "hi"), {}),
        ("send_message", (THEM, "hi"), {"message_id": "x"}),
        ("send_message", (THEM, "hi"), {"dialog_id": "x"}),
        ("send_message", (THEM, "hi"), {"destroy_after": 0}),
        ("send_message", (THEM, "hi"), {"destroy_after": 1.5}),
        ("send_message", (THEM, "hi"), {"params": {"a b": "x"}}),
        ("send_message", (THEM, "hi"), {"params": {"0": "x"}}),
        ("send_message", (THEM, "hi"), {"params": {0: "x"}}),
        ("send_message", (THEM, "hi"), {"params": {"a:b": "x"}}),
        ("send_message", (THEM, "hi"), {"params": {"a": [1]}}),
        ("send_message", (THEM, "hi"), {"params": {"a": None}}),
        ("send_message", (THEM, "hi"), {"params": {"a": math.nan}}),
        ("send_message", (THEM, "hi"), {"params": {"a": 10**5000}}),
        ("send_message", (THEM, "hi"), {"params": {"a": {"b": {"c": "too deep"}}}}),
        ("send_message", (THEM, "hi"), {"params": {"a": {"b c": "x"}}}),
        ("send_message", (THEM, "hi"), {"params": [("a", "b")]}),
        ("send_message", (THEM, "hi"), {"params": {"save_to_history": "0"}}),
        ("send_message", (THEM, "hi"), {"attachments": "x"}),
        ("send_message", (THEM, "hi"), {"attachments": [5]}),
        ("send_message", (THEM, "hi"), {"attachments": [{}]}),
        ("send_message", (THEM, "hi"), {"attachments": [{"a b": "x"}]}),
        ("send_message", (THEM, "hi"), {"attachments": [{1: "x"}]}),
        ("send_message", (THEM, "hi"), {"attachments": [{"a": {}}]}),
        ("send_message", (THEM, "x" * 300_000), {}),
        ("send_message", (THEM, "\U0001f389" * 70_000), {}),
        ("edit_message", (THEM, MESSAGE, ""), {}),
        ("edit_message", (THEM, "x", "new"), {}),
        ("delete_message", (THEM, "x"), {}),
        ("mark_read", (THEM, None), {}),
        ("mark_read", ("8", MESSAGE), {}),
        ("send_system", (DIALOG, {}), {}),
        ("send_system", (THEM, {"moduleIdentifier": "x"}), {}),
        ("send_system", (THEM, {"a": "x"}), {"body": 5}),
        ("send_call_signal", (THEM, 5, "s"), {}),
        ("send_call_signal", (THEM, "call", "s", {"sessionID": "x"}), {}),
        ("send_subscription", (THEM, "unavailable"), {}),
        ("join", ("x", 0.0), {}),
        ("last_activity", (0, 0.0), {}),
        ("set_privacy_list", ("x", [], 0.0), {}),
        ("set_privacy_list", ("", [Block(user_id=THEM)], 0.0), {}),
        ("set_privacy_list", ("x", [Block(user_id=0)], 0.0), {}),
        ("set_privacy_list", ("x", [Block(user_id=THEM, action="no")], 0.0), {}),  # type: ignore[arg-type]
        ("privacy_list", (5, 0.0), {}),
        ("set_contact", (THEM, 5, 0.0), {}),
    ],
)
def test_what_cannot_be_sent(method: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    """It is refused, and nothing is queued or awaited."""
    talk = online()
    before = talk.protocol.deadline()
    with pytest.raises(InvalidInputError):
        getattr(talk.protocol, method)(*args, **options)

    assert ([], [], before) == (
        talk.says(),
        talk.protocol.unconfirmed,
        talk.protocol.deadline(),
    )


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("send_message", (THEM, "hi")),
        ("join", (DIALOG, 0.0)),
        ("ping", (0.0,)),
        ("send_typing", (THEM,)),
    ],
)
def test_nothing_is_said_before_the_login_or_after_the_end(
    method: str, args: tuple[Any, ...]
) -> None:
    """A conversation that is not online queues nothing."""
    early, late, left = Talk(), online(), online()
    early.open()
    late.cut("gone")
    left.close()
    for talk in (early, late, left):
        with pytest.raises(ChatClosedError):
            getattr(talk.protocol, method)(*args)

    assert [] == early.says() + late.says()


def test_ids_are_made_where_none_are_given() -> None:
    """24 hexadecimal digits, each once."""
    protocol = ChatProtocol(ADDRESS, user_id=ME, app_id=APP)
    ids = {protocol._object_id() for _ in range(1000)}

    assert (1000, {24}) == (len(ids), {len(each) for each in ids})
    assert all(set(each) <= set("0123456789abcdef") for each in ids)

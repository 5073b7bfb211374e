"""Everything that the service says of messages, as an application sees it."""
# ruff: noqa: E501 - a frame stands on one line, to be read as it is sent

from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.chat.events import (
    CallSignal,
    ChatMessage,
    Delivered,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessageRefused,
    ReactionChanged,
    Read,
    SystemMessage,
    Typing,
)
from connectycube.models.message import Attachment

from .chat_talk import (
    DIALOG,
    ME,
    MESSAGE,
    MY_JID,
    MY_USER,
    ROOM,
    THEIR_JID,
    THEM,
    extra,
    message,
    online,
)

MARKERS = 'xmlns="urn:xmpp:chat-markers:0"'
STATES = 'xmlns="http://jabber.org/protocol/chatstates"'
IN_DIALOG = extra(f"<dialog_id>{DIALOG}</dialog_id>")
DELAY = '<delay xmlns="urn:xmpp:delay" stamp="2024-06-10T09:05:09Z"/>'
KEPT = datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)
IN_ROOM = {"sender": f"{ROOM}/{THEM}", "kind": "groupchat"}


def received(**members: Any) -> MessageReceived:
    told = {"id": MESSAGE, "sender_id": THEM, "recipient_id": ME, **members}
    return MessageReceived(message=ChatMessage(**told))


def signal(kind: str, params: Any) -> CallSignal:
    return CallSignal(user_id=THEM, type=kind, session_id="s", params=params)


def carbon(inner: str, *, kind: str = "sent", sender: str = MY_USER) -> str:
    return (
        f'<message from="{sender}" to="{MY_JID}" type="chat"><{kind} xmlns="urn:xmpp:carbons:2">'
        f'<forwarded xmlns="urn:xmpp:forward:0">{inner}</forwarded></{kind}></message>'
    )


def mine(inner: str, **options: Any) -> str:
    """Return what another device of ours sent."""
    frame = message(inner, **{"sender": f"{MY_USER}/tab", "to": THEIR_JID, **options})
    return frame.replace("<message ", '<message xmlns="jabber:client" ', 1)


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        (message("<body>hi</body>"), received(body="hi")),
        (message("<body>hi</body>").replace(' type="chat"', ""), received(body="hi")),
        (message(f"<body>hi</body>{IN_DIALOG}"), received(body="hi", dialog_id=DIALOG)),
        (message("<body/>"), received()),
        (
            message(f"<body>hi</body>{IN_DIALOG}", **IN_ROOM),
            received(body="hi", dialog_id=DIALOG, recipient_id=None, is_group=True),
        ),
        (
            message(f"<body>hi</body>{extra('<dialog_id>elsewhere</dialog_id>')}", **IN_ROOM),
            received(body="hi", dialog_id=DIALOG, recipient_id=None, is_group=True),
        ),
        (
            message("<body>hi</body>", sender=f"{ROOM}/{ME}", kind="groupchat"),
            received(body="hi", sender_id=ME, dialog_id=DIALOG, recipient_id=None, is_group=True),
        ),
        (
            message(extra("<save_to_history>1</save_to_history><a>x</a><o><b>y</b></o><date_sent>1718010309</date_sent>")),
            received(
                params={"a": "x", "o": {"b": "y"}},
                sent_at=datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC),
            ),
        ),
        (
            message(f"<body>hi</body>{extra('<date_sent>1718010309500</date_sent>')}"),
            received(body="hi", sent_at=datetime(2024, 6, 10, 9, 5, 9, 500000, tzinfo=UTC)),
        ),
        (message(f"<body>hi</body>{extra('<date_sent>soon</date_sent>')}"), received(body="hi")),
        (message(f"<body>hi</body>{extra('<date_sent>nan</date_sent>')}"), received(body="hi")),
        (message(f"<body>hi</body>{extra('<date_sent>-1e300</date_sent>')}"), received(body="hi")),
        (message(f"<body>hi</body>{extra('<dialog_id>odd</dialog_id>')}"), received(body="hi")),
        (
            message(extra('<attachment type="image" id="5" size="9" width="1.0" duration="2.5" content-type="image/png" my="x" height="tall"/><attachment type="place" latitude="1.5" longitude="-2" data="%7B%22lat%22%3A1%7D"/>')),
            received(
                attachments=[
                    Attachment(type="image", id="5", size=9, width=1, duration=2.5, content_type="image/png", extra={"my": "x", "height": "tall"}),
                    Attachment(type="place", latitude=1.5, longitude=-2.0, data='{"lat":1}'),
                ]
            ),
        ),
        (message(extra('<attachment extra="x" size="inf" data="%"/>')), received(attachments=[Attachment(data="%", extra={"extra": "x", "size": "inf"})])),
        (message(f"<body>hi</body><markable {MARKERS}/>{DELAY}"), received(body="hi", is_markable=True, is_delayed=True, sent_at=KEPT)),
        (message(f"<body>hi</body>{DELAY}{extra('<date_sent>1</date_sent>')}"), received(body="hi", is_delayed=True, sent_at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))),
        *(
            (message(f'<body>hi</body><delay xmlns="urn:xmpp:delay" stamp="{stamp}"/>'), received(body="hi", is_delayed=True, sent_at=at))
            for stamp, at in (
                ("2024-06-10T11:05:09+02:00", KEPT),
                ("2024-06-10T09:05:09.000Z", KEPT),
                ("2024-06-10T09:05:09", None),
                ("0001-01-01T00:00:00+14:00", None),
                ("yesterday", None),
                ("", None),
            )
        ),
        (message('<body>hi</body><destroy xmlns="urn:xmpp:message-destroy-after:0" after="30"/>'), received(body="hi", destroy_after=30)),
        (message(f"<body>hi</body><composing {STATES}/>"), received(body="hi")),
        (message(f"<composing {STATES}/>"), Typing(user_id=THEM)),
        (message(f"<paused {STATES}/>"), Typing(user_id=THEM, is_typing=False)),
        (message(f"<composing {STATES}/>{IN_DIALOG}"), Typing(user_id=THEM, dialog_id=DIALOG)),
        (message(f"<composing {STATES}/>", **IN_ROOM), Typing(user_id=THEM, dialog_id=DIALOG)),
        (message(f'<received {MARKERS} id="m"/>{IN_DIALOG}'), Delivered(message_id="m", user_id=THEM, dialog_id=DIALOG)),
        (message(f'<displayed {MARKERS} id="m"/>{IN_DIALOG}'), Read(message_id="m", user_id=THEM, dialog_id=DIALOG)),
        (
            message(f'<body>new</body><replace xmlns="urn:xmpp:message-correct:0" id="m" last="true"/>{extra(f"<dialog_id>{DIALOG}</dialog_id><a>b</a>")}'),
            MessageEdited(message_id="m", user_id=THEM, dialog_id=DIALOG, body="new", is_last=True, params={"a": "b"}),
        ),
        (
            message('<body>new</body><replace xmlns="urn:xmpp:message-correct:0" id="m" last="false"/>', **IN_ROOM),
            MessageEdited(message_id="m", user_id=THEM, dialog_id=DIALOG, body="new"),
        ),
        (message(f'<remove xmlns="urn:xmpp:message-delete:0" id="m"/>{IN_DIALOG}'), MessageDeleted(message_id="m", user_id=THEM, dialog_id=DIALOG)),
        (message('<remove xmlns="urn:xmpp:message-delete:0" id="m"/>', **IN_ROOM), MessageDeleted(message_id="m", user_id=THEM, dialog_id=DIALOG)),
        (
            message(f'{IN_DIALOG}<reactions user_id="8" message_id="m"><reaction type="👍" add="true"/><reaction type="👎" remove="true"/><reaction add="true"/></reactions>'),
            ReactionChanged(message_id="m", user_id=THEM, dialog_id=DIALOG, added=["👍"], removed=["👎"]),
        ),
        *(
            (
                message('<reactions xmlns="urn:r" user_id="9" message_id="m"/>', sender=sender, kind=kind),
                ReactionChanged(message_id="m", user_id=9, dialog_id=dialog_id),
            )
            for sender, kind, dialog_id in [("chat.test", "chat", None), (MY_USER, "chat", None), (ROOM, "groupchat", DIALOG), (f"{ROOM}/9", "groupchat", DIALOG)]
        ),
        (
            message(extra("<moduleIdentifier>SystemNotifications</moduleIdentifier><a>x</a><dialog_id>y</dialog_id>") + "<body>b</body>", kind="headline"),
            SystemMessage(user_id=THEM, message_id=MESSAGE, body="b", params={"a": "x", "dialog_id": "y"}),
        ),
        (
            message(extra("<moduleIdentifier>SystemNotifications</moduleIdentifier>") + DELAY, kind="headline"),
            SystemMessage(user_id=THEM, message_id=MESSAGE, is_delayed=True),
        ),
        *(
            (
                message(extra(f"<moduleIdentifier>WebRTCVideoChat</moduleIdentifier><signalType>{kind}</signalType><sessionID>s</sessionID>{inner}"), kind="headline"),
                signal(kind, params),
            )
            for kind, inner, params in [
                ("call", "<callType>1</callType><sdp>v=0</sdp><opponentsIDs><opponentID>7</opponentID><opponentID>9</opponentID><opponentID>10</opponentID></opponentsIDs>", {"callType": "1", "sdp": "v=0", "opponentsIDs": {"opponentID": ["7", "9", "10"]}}),
                ("accept", "<sdp>v=0</sdp><platform>web</platform>", {"sdp": "v=0", "platform": "web"}),
                ("reject", "<userInfo><busy>true</busy></userInfo>", {"userInfo": {"busy": "true"}}),
                ("hangUp", "", {}),
                ("iceCandidates", "<iceCandidates><iceCandidate><sdpMid>0</sdpMid></iceCandidate><iceCandidate><sdpMid>1</sdpMid></iceCandidate></iceCandidates>", {"iceCandidates": {"iceCandidate": [{"sdpMid": "0"}, {"sdpMid": "1"}]}}),
                ("update", "<a>b</a>", {"a": "b"}),
                ("iceRestart", "<sdp>v=0</sdp>", {"sdp": "v=0"}),
                ("iceRestartAccept", "<sdp>v=0</sdp>", {"sdp": "v=0"}),
            ]
        ),
        (
            message('<error code="503" type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">Service not available.</text></error>', kind="error"),
            MessageRefused(message_id=MESSAGE, code=503, condition="service-unavailable", text="Service not available.", user_id=THEM),
        ),
        (message("<body>hi</body>", kind="error", sender=ROOM), MessageRefused(message_id=MESSAGE, condition="undefined-condition", dialog_id=DIALOG)),
        (carbon(mine("<body>hi</body>")), received(body="hi", sender_id=ME, recipient_id=THEM, is_carbon=True)),
        (carbon(mine("<body>hi</body>"), sender=""), received(body="hi", sender_id=ME, recipient_id=THEM, is_carbon=True)),
        (carbon(mine("<body>hi</body>", sender=THEIR_JID, to=MY_USER), kind="received"), received(body="hi", is_carbon=True)),
        (carbon(mine(f'<displayed {MARKERS} id="m"/>')), Read(message_id="m", user_id=ME, is_carbon=True)),
        (carbon(mine(f"<composing {STATES}/>")), Typing(user_id=ME, is_carbon=True)),
    ],
)  # fmt: skip
def test_what_is_told(frame: str, event: Any) -> None:
    """Each kind of message by its own event."""
    assert [event] == online().hears(frame)


FORGED = mine("<body>forged</body>")


@pytest.mark.parametrize(
    "frame",
    [
        carbon(FORGED, sender=THEIR_JID),
        carbon(FORGED, sender="7-774@evil.test"),
        carbon(FORGED, sender="7-775@chat.test"),
        carbon(FORGED, sender=f"{ROOM}/7"),
        carbon(mine("<body>x</body>", sender=f"{ROOM}/{THEM}", kind="groupchat")),
        carbon(mine('<reactions user_id="9" message_id="m"/>')),
        carbon(mine("<body>x</body>", kind="error")),
        carbon(carbon(FORGED).replace("<message ", '<message xmlns="jabber:client" ', 1)),
        carbon(""),
        f'<message from="{MY_USER}" type="chat"><sent xmlns="urn:xmpp:carbons:2"/></message>',
        message("<body>x</body>", sender="8-774@evil.test"),
        message("<body>x</body>", sender="8-775@chat.test/tab"),
        message("<body>x</body>", sender="8@chat.test"),
        message("<body>x</body>", sender="0-774@chat.test"),
        message("<body>x</body>", sender=f"{'9' * 5000}-774@chat.test"),
        message("<body>x</body>", sender="٣-774@chat.test"),
        message("<body>x</body>", sender="chat.test"),
        message("<body>x</body>", sender=""),
        message("<body>x</body>", sender=MY_JID),
        message("<body>x</body>", sender=THEIR_JID, kind="groupchat"),
        message("<body>x</body>", sender=f"774_{DIALOG}@evil.test/8", kind="groupchat"),
        message("<body>x</body>", sender=f"775_{DIALOG}@muc.chat.test/8", kind="groupchat"),
        message("<body>x</body>", sender="774_x@muc.chat.test/8", kind="groupchat"),
        message("<body>x</body>", sender=ROOM, kind="groupchat"),
        message("<body>x</body>", sender=f"{ROOM}/mara", kind="groupchat"),
        message("<body>x</body>", sender=f"{ROOM}/8", kind="chat"),
        message("<subject/>", sender=ROOM, kind="groupchat"),
        message("<subject>new</subject>", **IN_ROOM),
        message(""),
        message(IN_DIALOG),
        message('<active xmlns="http://jabber.org/protocol/chatstates"/>'),
        message('<body>x</body><x xmlns="http://jabber.org/protocol/muc#user"><invite/></x>'),
        message("<body>x</body>", kind="headline"),
        message(extra("<moduleIdentifier>Else</moduleIdentifier>"), kind="headline"),
        message(extra("<moduleIdentifier>WebRTCVideoChat</moduleIdentifier>"), kind="headline"),
        message(extra("<moduleIdentifier>WebRTCVideoChat</moduleIdentifier><signalType>call</signalType><sessionID>s</sessionID>") + DELAY, kind="headline"),
        message(extra("<moduleIdentifier>WebRTCVideoChat</moduleIdentifier><signalType><a>x</a></signalType>"), kind="headline"),
        message(f"<received {MARKERS}/>"),
        message('<reactions user_id="9" message_id="m"/>'),
        message('<reactions user_id="9" message_id="m"/>', **IN_ROOM),
        message('<reactions user_id="x" message_id="m"/>', sender="chat.test"),
        message('<reactions user_id="8"/>'),
        "<message type='error'/>",
        "<unknown/>",
        '<message xmlns="urn:else" from="8-774@chat.test"><body>x</body></message>',
        "<stream:unknown/>",
        "no frame",
        "<!DOCTYPE a><message/>",
    ],
)  # fmt: skip
def test_what_is_nothing(frame: str) -> None:
    """Forged copies, strangers, forged rooms and reactions, and what means nothing: let be."""
    talk = online(auto_delivered=True)

    assert ([], []) == (talk.hears(frame), talk.says())


RECEIVED = f'<received xmlns="urn:xmpp:chat-markers:0" id="{MESSAGE}"/>'
MARKED = f"<markable {MARKERS}/>"


@pytest.mark.parametrize(
    ("frame", "auto", "is_marked"),
    [
        (message(f"<body>x</body>{IN_DIALOG}"), True, True),
        (message(f"<body>x</body>{IN_DIALOG}"), False, False),
        (message(f"<body>x</body>{MARKED}{IN_DIALOG}"), False, True),
        (message(f"<body>x</body>{MARKED}", **IN_ROOM), False, True),
        (message("<body>x</body>", **IN_ROOM), True, True),
        (message(f"<body>x</body>{DELAY}{IN_DIALOG}"), True, True),
        (message(f"<body>x</body>{MARKED}", sender=f"{ROOM}/{ME}", kind="groupchat"), True, False),
        (message(f"<body>x</body>{MARKED}", sender=f"{MY_USER}/tab"), True, False),
        (carbon(mine(f"<body>x</body>{MARKED}")), True, False),
        (carbon(mine(f"<body>x</body>{MARKED}", sender=THEIR_JID, to=MY_USER), kind="received"), True, False),
        (message(f"<body>x</body>{MARKED}").replace(f'id="{MESSAGE}"', ""), True, False),
        (message(f"<composing {STATES}/>{MARKED}"), True, False),
        (message(f'<displayed {MARKERS} id="m"/>'), True, False),
    ],
)  # fmt: skip
def test_what_is_marked_as_delivered(frame: str, *, auto: bool, is_marked: bool) -> None:
    """A message that asks for it, or each where so chosen; never one's own, and no copy."""
    talk = online(auto_delivered=auto)
    told = talk.hears(frame)
    marks = [each for each in talk.says() if f'id="{MESSAGE}"' in each]

    assert (1, int(is_marked)) == (len(told), len(marks))


@pytest.mark.parametrize(
    ("dialog_id", "told"),
    [(DIALOG, f"<dialog_id>{DIALOG}</dialog_id>"), ("odd & <evil>", None), ("", None)],
)
def test_a_mark_goes_to_the_sender(dialog_id: str, told: str | None) -> None:
    """To their user, even where the message came through a room, and with its dialog."""
    talk = online(auto_delivered=True)
    escaped = dialog_id.replace("&", "&amp;").replace("<", "&lt;")
    talk.hears(message(f"<body>x</body>{extra(f'<dialog_id>{escaped}</dialog_id>')}"))
    [frame] = talk.says()

    assert 'to="8-774@chat.test" type="chat"' in frame
    assert f'<received xmlns="urn:xmpp:chat-markers:0" id="{MESSAGE}"/>' in frame
    assert (told is not None) == ("dialog_id" in frame)
    assert (told or "") in frame


def test_a_received_message_tells_who_and_where() -> None:
    """What a reply needs, without a look inside."""
    [event] = online().hears(message(f"<body>hi</body>{IN_DIALOG}"))

    assert (THEM, DIALOG) == (event.user_id, event.dialog_id)

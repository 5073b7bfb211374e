"""Whatever the service says, nothing breaks: frames made of good ones by chance."""
# ruff: noqa: E501 - a frame stands on one line, to be read as it is sent

import random
from typing import Any, Final

import pytest

from connectycube.chat.element import parse
from connectycube.chat.protocol import RESTART, State

from .chat_talk import (
    BOUND,
    COPIED,
    COUNTED,
    DIALOG,
    MECHANISMS,
    OFFERS,
    ROOM,
    SUCCESS,
    THEM,
    Talk,
    extra,
    message,
    online,
)

MARKERS: Final = 'xmlns="urn:xmpp:chat-markers:0"'
FRAMES: Final = [
    MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED, COUNTED,
    message(f"<body>hi</body>{extra(f'<dialog_id>{DIALOG}</dialog_id><a><b>c</b></a>')}<markable {MARKERS}/>"),
    message(extra('<attachment type="image" size="9" data="%7B"/><date_sent>1718010309</date_sent>')),
    message("<body>hi</body>", sender=f"{ROOM}/8", kind="groupchat"),
    message(f'<received {MARKERS} id="m"/>'),
    message('<body>x</body><replace xmlns="urn:xmpp:message-correct:0" id="m" last="true"/>'),
    message('<remove xmlns="urn:xmpp:message-delete:0" id="m"/>'),
    message('<reactions user_id="8" message_id="m"><reaction type="x" add="true"/></reactions>'),
    message(extra("<moduleIdentifier>SystemNotifications</moduleIdentifier><a>b</a>"), kind="headline"),
    message(extra("<moduleIdentifier>WebRTCVideoChat</moduleIdentifier><signalType>call</signalType><sessionID>s</sessionID>"), kind="headline"),
    message('<error code="503"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>', kind="error"),
    f'<message from="7-774@chat.test"><sent xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0">{message("<body>x</body>")}</forwarded></sent></message>',
    f'<presence from="{ROOM}/7"><x xmlns="http://jabber.org/protocol/muc#user"><status code="110"/></x></presence>',
    f'<presence from="{ROOM}/7" type="unavailable"><x xmlns="http://jabber.org/protocol/muc#user"><item><actor jid="8-774@chat.test"/></item><status code="301"/></x></presence>',
    f'<presence from="{ROOM}/8" type="error"><error code="403"/></presence>',
    '<presence from="8-774@chat.test" type="subscribe"/>',
    '<iq type="get" id="x" from="chat.test"><ping xmlns="urn:xmpp:ping"/></iq>',
    '<iq type="result" id="cc1" from="8-774@chat.test"><query xmlns="jabber:iq:last" seconds="5"/></iq>',
    '<iq type="result" id="cc2"><query xmlns="jabber:iq:privacy"><default name="a"/><list name="a"><item type="jid" value="8-774@chat.test" order="1"/></list></query></iq>',
    '<iq type="result" id="cc3"><query xmlns="jabber:iq:roster"><item jid="8-774@chat.test"/></query></iq>',
    '<a xmlns="urn:xmpp:sm:3" h="2"/>', '<r xmlns="urn:xmpp:sm:3"/>', '<failed xmlns="urn:xmpp:sm:3"/>',
]  # fmt: skip
TOKENS: Final = (
    *"<>&;\"'=/: \n\t\x00\x07\ud800\U0001f389é9-",
    *("&lt;", "&#0;", "&x;", "]]>", "<![CDATA[", "<!--", "<?x?>", "<!DOCTYPE a [", "xmlns=", "ns:"),
    *("9" * 40, "-1", "NaN", "1e999", "8-774@chat.test", ROOM, "<a>" * 40, " type='error'", " from=''"),
)  # fmt: skip


def broken(chance: random.Random) -> str:
    """Return a good frame with a few of its pieces cut, doubled, mixed or replaced."""
    frame = chance.choice(FRAMES)
    for _ in range(chance.randrange(5)):
        start = chance.randrange(len(frame) + 1)
        end = min(len(frame), start + chance.randrange(12))
        other = chance.choice(FRAMES)
        piece = chance.choice(
            [
                "",
                chance.choice(TOKENS),
                frame[start:end] * 2,
                other[chance.randrange(len(other)) :][:20],
            ]
        )
        frame = frame[:start] + piece + frame[end:]
    return frame


def in_every_stage(chance: random.Random) -> Talk:
    """Return a conversation at some place of its course, with something asked."""
    if chance.random() < 0.3:
        talk = Talk()
        talk.open()
        for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND)[: chance.randrange(5)]:
            talk.hears(frame)
        return talk
    talk = online(auto_delivered=chance.random() < 0.5)
    talk.protocol.last_activity(THEM, talk.now)
    talk.protocol.privacy_list("a", talk.now)
    talk.protocol.contacts(talk.now)
    talk.protocol.join(DIALOG, talk.now)
    talk.protocol.watch_last_activity(THEM, enable=True, now=talk.now)
    talk.protocol.send_message(THEM, "1")
    return talk


def survive(frames: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same frames each time
    heard = 0
    reached: set[State] = set()
    while heard < frames:
        talk = in_every_stage(chance)
        for _ in range(20):
            told: list[Any] = talk.hears(broken(chance))
            reached.add(talk.protocol.state)
            heard += 1
            repr(told)
            for frame in talk.says():
                # Whatever it was made us say, it can be read.
                assert frame is RESTART or parse(frame).name
        talk.ticks(talk.now + chance.randrange(100))
        talk.cut("over")

    assert {State.NEGOTIATING, State.BINDING, State.ONLINE, State.CLOSED} <= reached


def test_broken_frames() -> None:
    """2,000 of them."""
    survive(2_000, seed=1)


@pytest.mark.long
def test_very_many_broken_frames() -> None:
    """100,000 of them."""
    survive(100_000, seed=2)

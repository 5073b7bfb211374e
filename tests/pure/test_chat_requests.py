"""Requests, both ways: how they are asked, how answers are read, and whose answer counts."""
# ruff: noqa: E501 - a frame stands on one line, to be read as it is sent

from collections.abc import Callable
from typing import Any

import pytest

from connectycube.chat.contacts import Contact
from connectycube.chat.element import parse
from connectycube.chat.events import ContactChanged, LastActivity
from connectycube.chat.outcome import Answered, Ended, Failed
from connectycube.chat.privacy import Block, PrivacyList, PrivacyNames
from connectycube.chat.protocol import ChatProtocol
from connectycube.errors import ChatClosedError, StanzaError

from .chat_talk import DIALOG, MY_JID, MY_USER, ROOM, THEIR_JID, THEM, Talk, online

PRIVACY = "jabber:iq:privacy"
THEIR_USER = "8-774@chat.test"
KINDS = "<message/><presence-in/><presence-out/><iq/>"


def item(order: int, value: str, kinds: str = KINDS, action: str = "deny") -> str:
    return f'<item type="jid" value="{value}" action="{action}" order="{order}">{kinds}</item>'


@pytest.mark.parametrize(
    ("ask", "kind", "to", "payload", "answer", "value"),
    [
        (lambda p: p.ping(100.0), "get", "chat.test", '<ping xmlns="urn:xmpp:ping"/>', "", None),
        (
            lambda p: p.last_activity(THEM, 100.0), "get", THEIR_USER,
            '<query xmlns="jabber:iq:last"/>', '<query xmlns="jabber:iq:last" seconds="42"/>', 42,
        ),
        (
            lambda p: p.watch_last_activity(THEM, enable=True, now=100.0), "set", None,
            f'<subscribe xmlns="https://connectycube.com/protocol/status_streaming" user_jid="{THEIR_USER}" enable="true"/>', "", None,
        ),
        (
            lambda p: p.watch_last_activity(THEM, enable=False, now=100.0), "set", None,
            f'<subscribe xmlns="https://connectycube.com/protocol/status_streaming" user_jid="{THEIR_USER}" enable="false"/>', "", None,
        ),
        (lambda p: p.set_active(active=False, now=100.0), "set", None, '<mobile xmlns="http://tigase.org/protocol/mobile#v2" enable="true"/>', "", None),
        (lambda p: p.set_active(active=True, now=100.0), "set", None, '<mobile xmlns="http://tigase.org/protocol/mobile#v2" enable="false"/>', "", None),
        (
            lambda p: p.occupants(DIALOG, 100.0), "get", ROOM,
            '<query xmlns="http://jabber.org/protocol/disco#items"/>',
            f'<query xmlns="http://jabber.org/protocol/disco#items"><item jid="{ROOM}/8"/><item jid="{ROOM}/9"/><item jid="{ROOM}/8"/><item jid="{ROOM}/mara"/><item/></query>',
            [8, 9],
        ),
        (
            lambda p: p.privacy_names(100.0), "get", None, f'<query xmlns="{PRIVACY}"/>',
            f'<query xmlns="{PRIVACY}"><active/><default name="b"/><list name="a"/><list name="b"/></query>',
            PrivacyNames(names=["a", "b"], default="b"),
        ),
        (lambda p: p.privacy_names(100.0), "get", None, f'<query xmlns="{PRIVACY}"/>', "", PrivacyNames()),
        (
            lambda p: p.privacy_list("a", 100.0), "get", None,
            f'<query xmlns="{PRIVACY}"><list name="a"/></query>',
            f'<query xmlns="{PRIVACY}"><list name="a">{item(1, THEIR_USER)}{item(2, "muc.chat.test/8")}{item(3, "9-774@chat.test", "")}{item(4, "muc.chat.test/10", "", "allow")}{item(5, "else")}<item/></list></query>',
            PrivacyList(name="a", blocks=[Block(user_id=8), Block(user_id=9, is_mutual=True), Block(user_id=10, action="allow", is_mutual=True)]),
        ),
        (
            lambda p: p.set_privacy_list("a", [Block(user_id=8), Block(user_id=9, is_mutual=True, action="allow")], 100.0), "set", None,
            f'<query xmlns="{PRIVACY}"><list name="a">{item(1, THEIR_USER)}{item(2, "muc.chat.test/8")}{item(3, "9-774@chat.test", "", "allow")}{item(4, "muc.chat.test/9", "", "allow")}</list></query>', "", None,
        ),
        (lambda p: p.delete_privacy_list("a", 100.0), "set", None, f'<query xmlns="{PRIVACY}"><list name="a"/></query>', "", None),
        (lambda p: p.set_default_privacy_list("a", 100.0), "set", None, f'<query xmlns="{PRIVACY}"><default name="a"/></query>', "", None),
        (lambda p: p.set_default_privacy_list(None, 100.0), "set", None, f'<query xmlns="{PRIVACY}"><default/></query>', "", None),
        (
            lambda p: p.contacts(100.0), "get", None, '<query xmlns="jabber:iq:roster"/>',
            f'<query xmlns="jabber:iq:roster"><item jid="{THEIR_USER}" name="Mara" subscription="both"/><item jid="9-774@chat.test" name="9-774" ask="subscribe"/><item jid="else"/></query>',
            [Contact(user_id=8, name="Mara", subscription="both"), Contact(user_id=9, is_asked=True)],
        ),
        (lambda p: p.set_contact(THEM, "Mara", 100.0), "set", None, f'<query xmlns="jabber:iq:roster"><item jid="{THEIR_USER}" name="Mara"/></query>', "", None),
        (lambda p: p.set_contact(THEM, None, 100.0), "set", None, f'<query xmlns="jabber:iq:roster"><item jid="{THEIR_USER}" name="8-774"/></query>', "", None),
        (lambda p: p.remove_contact(THEM, 100.0), "set", None, f'<query xmlns="jabber:iq:roster"><item jid="{THEIR_USER}" subscription="remove"/></query>', "", None),
    ],
)  # fmt: skip
def test_a_request(  # noqa: PLR0917 - the columns of a table
    ask: Callable[[ChatProtocol], str],
    kind: str,
    to: str | None,
    payload: str,
    answer: str,
    value: object,
) -> None:
    """As it is asked, and as its answer is read."""
    talk = online()
    request_id = ask(talk.protocol)
    asked = talk.asks()
    sender = MY_USER if to is None else to
    told = talk.hears(f'<iq type="result" id="{request_id}" from="{sender}">{answer}</iq>')

    assert [parse(payload)] == asked.children
    assert (kind, request_id, to) == (asked.get("type"), asked.get("id"), asked.get("to") or None)
    assert [Answered(request_id, value)] == told


@pytest.mark.parametrize(
    ("ask", "sender", "counts"),
    [
        ("last_activity", THEIR_USER, True),
        ("last_activity", THEIR_JID, True),
        ("last_activity", "8-774@CHAT.test", True),
        ("last_activity", "9-774@chat.test", False),
        ("last_activity", "8-774@evil.test", False),
        ("last_activity", "chat.test", False),
        ("last_activity", "", False),
        ("ping", "chat.test", True),
        ("ping", "", True),
        ("ping", MY_USER, False),
        ("ping", "evil.test", False),
        ("privacy_names", "", True),
        ("privacy_names", "chat.test", True),
        ("privacy_names", MY_USER, True),
        ("privacy_names", MY_JID, True),
        ("privacy_names", THEIR_JID, False),
    ],
)
def test_who_may_answer(ask: str, sender: str, *, counts: bool) -> None:
    """Only who was asked; ids are no secret."""
    talk = online()
    about = (THEM,) if ask == "last_activity" else ()
    request_id = getattr(talk.protocol, ask)(*about, 100.0)
    origin = f' from="{sender}"' if sender else ""
    told = talk.hears(
        f'<iq type="result" id="{request_id}"{origin}><query xmlns="jabber:iq:last" seconds="1"/></iq>'
    )

    assert counts == bool(told)


def test_a_refused_request() -> None:
    """Its error says why, in words for programs and for people."""
    talk = online()
    request_id = talk.protocol.last_activity(THEM, talk.now)
    [failed] = talk.hears(
        f'<iq type="error" id="{request_id}" from="{THEIR_USER}"><error code="404" type="cancel">'
        '<item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text>Nobody.</text></error></iq>'
    )

    assert isinstance(failed.error, StanzaError)
    assert (request_id, "item-not-found", 404, "Nobody.") == (
        failed.request_id,
        failed.error.condition,
        failed.error.code,
        failed.error.text,
    )


@pytest.mark.parametrize(
    "answer", ["", "<query/>", '<query seconds="x"/>', '<query seconds="-1"/>']
)
def test_an_unreadable_answer(answer: str) -> None:
    """It says yes, but not what was asked."""
    talk = online()
    request_id = talk.protocol.last_activity(THEM, talk.now)
    [failed] = talk.hears(f'<iq type="result" id="{request_id}" from="{THEIR_USER}">{answer}</iq>')

    assert "undefined-condition: the answer tells no seconds" == str(failed.error)


def test_a_request_is_answered_once() -> None:
    """A second answer is nobody's."""
    talk = online()
    request_id = talk.protocol.ping(talk.now)
    answer = f'<iq type="result" id="{request_id}" from="chat.test"/>'

    assert [1, 0] == [len(talk.hears(answer)), len(talk.hears(answer))]


@pytest.mark.parametrize("end", ["cut", "close"])
def test_nobody_waits_for_an_answer_that_cannot_come(end: str) -> None:
    """What was asked fails when the conversation ends."""
    talk = online()
    ids = [talk.protocol.ping(talk.now), talk.protocol.join(DIALOG, talk.now)]
    told: list[Any] = talk.cut("gone") if end == "cut" else talk.close()
    failed = [each for each in told if isinstance(each, Failed)]

    assert ids == [each.request_id for each in failed]
    assert all(isinstance(each.error, ChatClosedError) for each in failed)
    assert (end == "cut") == isinstance(told[-1], Ended)


UNAVAILABLE = '<error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>'  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ('<iq type="get" id="x" from="chat.test"><ping xmlns="urn:xmpp:ping"/></iq>', '<iq type="result" id="x" to="chat.test"/>'),
        ('<iq type="get" id="x"><ping xmlns="urn:xmpp:ping"/></iq>', '<iq type="result" id="x"/>'),
        (f'<iq type="get" id="x" from="{THEIR_JID}"><query xmlns="jabber:iq:version"/></iq>', f'<iq type="error" id="x" to="{THEIR_JID}">{UNAVAILABLE}</iq>'),
        ('<iq type="set" id="x"><ping xmlns="urn:xmpp:ping"/></iq>', f'<iq type="error" id="x">{UNAVAILABLE}</iq>'),
        ('<iq type="set" id="x"><query xmlns="jabber:iq:roster"/></iq>', f'<iq type="error" id="x">{UNAVAILABLE}</iq>'),
        ('<iq type="get"><ping xmlns="urn:xmpp:ping"/></iq>', None),
        ('<iq type="result" id="x"/>', None),
        ('<iq type="error" id="x"/>', None),
        ('<iq type="odd" id="x"/>', None),
        ("<iq/>", None),
    ],
)  # fmt: skip
def test_what_we_answer(frame: str, answer: str | None) -> None:
    """Pings, and that we know nothing of all else; never an answer to an answer."""
    talk = online()

    assert [] == talk.hears(frame)
    assert ([] if answer is None else [parse(answer)]) == [parse(each) for each in talk.says()]


def watching() -> Talk:
    talk = online()
    talk.protocol.watch_last_activity(THEM, enable=True, now=talk.now)
    talk.says()
    return talk


SECONDS = '<query xmlns="jabber:iq:last" seconds="5"/>'


@pytest.mark.parametrize(
    ("frame", "is_told"),
    [
        (f'<iq type="set" id="x" from="{THEIR_USER}">{SECONDS}</iq>', True),
        (f'<iq type="result" id="x" from="{THEIR_JID}">{SECONDS}</iq>', True),
        (f'<iq type="set" id="x" from="{THEIR_USER}"><query xmlns="urn:else" seconds="5"/></iq>', True),
        (f'<iq type="set" id="x" from="9-774@chat.test">{SECONDS}</iq>', False),
        (f'<iq type="set" id="x" from="8-774@evil.test">{SECONDS}</iq>', False),
        (f'<iq type="set" id="x">{SECONDS}</iq>', False),
        (f'<iq type="set" id="x" from="{THEIR_USER}"><query seconds="x"/></iq>', False),
    ],
)  # fmt: skip
def test_watched_activity(frame: str, *, is_told: bool) -> None:
    """Told of whom we watch, by themselves."""
    told = watching().hears(frame)

    assert ([LastActivity(user_id=THEM, seconds=5)] if is_told else []) == told


def test_activity_is_watched_no_longer() -> None:
    """What still comes is let be."""
    talk = watching()
    talk.protocol.watch_last_activity(THEM, enable=False, now=talk.now)

    assert [] == talk.hears(f'<iq type="set" id="x" from="{THEIR_USER}">{SECONDS}</iq>')


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("", "available"),
        ("unavailable", "unavailable"),
        ("subscribe", "subscribe"),
        ("subscribed", "subscribed"),
        ("unsubscribe", "unsubscribe"),
        ("unsubscribed", "unsubscribed"),
        ("error", None),
        ("probe", None),
    ],
)
def test_a_contact(kind: str, change: Any) -> None:
    """Contacts come, go, ask and answer."""
    attribute = f'type="{kind}"' if kind else ""
    told = online().hears(f'<presence from="{THEIR_JID}" {attribute}/>')

    assert ([ContactChanged(user_id=THEM, change=change)] if change else []) == told


@pytest.mark.parametrize("sender", [MY_JID, f"{MY_USER}/tab", "8-774@evil.test", ""])
def test_presence_of_nobody(sender: str) -> None:
    """One's own, and strangers', is no contact's."""
    assert [] == online().hears(f'<presence from="{sender}"/>')

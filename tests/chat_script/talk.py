"""What two people say to each other, one device to another."""

from typing import Any, Final

from .stage import Stage

TEXTS: Final = (
    "Grüße, 你好, שלום, \U0001f600\U0001f469\u200d\U0001f680 e\u0301",
    "<b>&amp; \"quoted\" 'too' ]]> &#10; </b>",
    "two\nlines\tand a tab ",
    "x" * 5000,
)
PARAMS: Final = {
    "flag": "true",
    "number": "12",
    "markup": "<i>&",
    "nested": {"inner": "one", "other": "zwölf"},
}
ATTACHMENTS: Final = (
    {
        "type": "image",
        "id": "47863",
        "uid": "A31B7AF2",
        "url": "https://example.org/a?b=1&c=2",
        "name": 'a "small" <cat>.png',
        "size": "1024",
        "width": "640",
        "height": "480",
        "content-type": "image/png",
    },
    {"type": "location", "data": '{"lat": 56.9, "lng": 24.1}'},
)

_CANDIDATES: Final = [
    {"sdpMLineIndex": f"{number}", "sdpMid": "audio", "candidate": f"candidate:{number} 1 udp"}
    for number in range(2)
]
SIGNALS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "call",
        {
            "callType": "1",
            "sdp": "v=0\no=- <1> 2 IN\n",
            "platform": "any",
            "callerID": "17",
            "opponentsIDs": {"opponentID": ["18", "19"]},
            "userInfo": {"name": "Mära"},
        },
    ),
    ("accept", {"sdp": "v=0", "platform": "any"}),
    ("iceCandidates", {"iceCandidates": {"iceCandidate": _CANDIDATES}}),
    ("update", {"mute": "true"}),
    ("iceRestart", {"sdp": "v=0"}),
    ("iceRestartAccept", {"sdp": "v=0"}),
    ("reject", {"platform": "any", "userInfo": {"busy": "true"}}),
    ("hangUp", {}),
)


async def plain_text(stage: Stage) -> None:
    place = stage.listener_place
    sent = await stage.speaker.send(place, "Hello")

    heard = await stage.listener.inbox.expect("message")

    assert stage.message(place, sent, "Hello") == heard


async def texts_of_all_kinds(stage: Stage) -> None:
    """Unicode, characters that XML gives a meaning, white space and length arrive as they are."""
    for text in TEXTS:
        sent = await stage.speaker.send(stage.listener_place, text)

        heard = await stage.listener.inbox.expect("message")

        assert stage.message(stage.listener_place, sent, text) == heard


async def parameters(stage: Stage) -> None:
    """An application's own parameters arrive, and mappings among them."""
    sent = await stage.speaker.send(stage.listener_place, "with more", params=PARAMS)

    heard = await stage.listener.inbox.expect("message")

    expected = stage.message(stage.listener_place, sent, "with more")
    assert {**expected, "params": PARAMS} == heard


async def attachments(stage: Stage) -> None:
    """What a message brings along arrives, each with all its members."""
    sent = await stage.speaker.send(stage.listener_place, "look", attachments=ATTACHMENTS)

    heard = await stage.listener.inbox.expect("message")

    expected = stage.message(stage.listener_place, sent, "look")
    assert {**expected, "attachments": list(ATTACHMENTS)} == heard


async def parameters_without_a_text(stage: Stage) -> None:
    sent = await stage.speaker.send(stage.listener_place, None, params={"step": "two"})

    heard = await stage.listener.inbox.expect("message")

    expected = stage.message(stage.listener_place, sent, "")
    assert {**expected, "params": {"step": "two"}} == heard


async def many_in_a_row(stage: Stage) -> None:
    """Nothing is lost, doubled or turned round."""
    texts = [f"number {number}" for number in range(50)]
    for text in texts:
        await stage.speaker.send(stage.listener_place, text)

    heard = [(await stage.listener.inbox.expect("message"))["body"] for _ in texts]

    assert texts == heard


async def typing(stage: Stage) -> None:
    for is_typing in (True, False):
        await stage.speaker.typing(stage.listener_place, is_typing=is_typing)

        heard = await stage.listener.inbox.expect("typing")

        # Not everybody says where: between two people there is one place.
        assert (stage.speaker.user_id, is_typing) == (heard["user_id"], heard["is_typing"])


async def delivered_by_itself(stage: Stage) -> None:
    """Whoever gets a message says so, without being told to."""
    sent = await stage.speaker.send(stage.listener_place, "there?")

    heard = await stage.speaker.inbox.expect("delivered")

    assert {"kind": "delivered", "id": sent, **stage.by_listener(stage.private_id)} == heard


async def read(stage: Stage) -> None:
    sent = await stage.listener.send(stage.speaker_place, "read this")
    await stage.speaker.inbox.expect("message", id=sent)
    await stage.speaker.mark_read(stage.listener_place, stage.listener.user_id, sent)

    heard = await stage.listener.inbox.expect("read")

    assert {"kind": "read", "id": sent, **stage.by_speaker(stage.private_id)} == heard


async def edit(stage: Stage) -> None:
    """Another text arrives for the message, with what else its sender says of it."""
    sent = await stage.speaker.send(stage.listener_place, "first")
    for is_last, body in ((True, "second <&>"), (False, "third")):
        await stage.speaker.edit(
            stage.listener_place, sent, body, is_last=is_last, params={"why": "typo"}
        )

        heard = await stage.listener.inbox.expect("edited")

        edited = {"kind": "edited", "id": sent, **stage.by_speaker(stage.private_id)}
        said = {"body": body, "is_last": is_last, "params": {"why": "typo"}}
        assert {**edited, **said} == heard


async def delete(stage: Stage) -> None:
    sent = await stage.speaker.send(stage.listener_place, "a mistake")
    await stage.speaker.delete(stage.listener_place, sent)

    heard = await stage.listener.inbox.expect("deleted")

    assert {"kind": "deleted", "id": sent, **stage.by_speaker(stage.private_id)} == heard


async def system_message(stage: Stage) -> None:
    """One application tells another something, with words for people or without."""
    for body in (None, "for people"):
        sent = await stage.speaker.send_system(stage.listener.user_id, PARAMS, body)

        heard = await stage.listener.inbox.expect("system")

        said = {"id": sent, "user_id": stage.speaker.user_id, "body": body or "", "params": PARAMS}
        assert {"kind": "system", **said} == heard


async def call_signals(stage: Stage) -> None:
    """What one party of a call says reaches the other as it is, whatever it is about."""
    for number, (kind, params) in enumerate(SIGNALS):
        session = f"session-{number}"
        await stage.speaker.send_signal(stage.listener.user_id, kind, session, params)

        heard = await stage.listener.inbox.expect("signal")

        said = {"type": kind, "session_id": session, "params": params}
        assert {"kind": "signal", "user_id": stage.speaker.user_id, **said} == heard


async def sent(stage: Stage) -> None:
    """The server says what it has taken."""
    ids = [await stage.speaker.send(stage.listener_place, text) for text in ("one", "two")]

    heard = [await stage.speaker.inbox.expect("sent") for _ in ids]

    assert [{"kind": "sent", "id": one} for one in ids] == heard


async def copies_for_other_devices(stage: Stage) -> None:
    """What one device sends, the user's other one sees; what it gets, so does the other one."""
    async with stage.speaker.another() as own, stage.listener.another() as theirs:
        sent = await stage.speaker.send(stage.listener_place, "to all of you", params=PARAMS)

        copy = await own.inbox.expect("message")
        found = await theirs.inbox.expect("message")

        message = stage.message(stage.listener_place, sent, "to all of you")
        assert {**message, "params": PARAMS, "is_carbon": True} == copy
        # Whether the server sends it to each device or has it copied is its own business.
        assert {**message, "params": PARAMS} == {**found, "is_carbon": False}


async def copies_of_statuses(stage: Stage) -> None:
    """What was read or edited on one device is known to the user's other one."""
    got = await stage.listener.send(stage.speaker_place, "read this")
    await stage.speaker.inbox.expect("message", id=got)
    async with stage.speaker.another() as own:
        await stage.speaker.mark_read(stage.listener_place, stage.listener.user_id, got)
        read = await own.inbox.expect("read")
        sent = await stage.speaker.send(stage.listener_place, "first")
        await stage.speaker.edit(stage.listener_place, sent, "second", is_last=True, params={})
        edited = await own.inbox.expect("edited")

    by_itself = stage.by_speaker(stage.private_id)
    assert {"kind": "read", "id": got, **by_itself} == read
    said = {"body": "second", "is_last": True, "params": {}}
    assert {"kind": "edited", "id": sent, **by_itself, **said} == edited

"""What a bot missed is found in the history: when it begins, behind a gap, behind a rush."""

import anyio
import pytest

from connectycube import ChatConnection, ChatMessage, InvalidInputError, MessageReceived
from connectycube.bots import Bot, Router
from connectycube.chat.events import Read
from connectycube.emulator.chat_records import Dialog

from .bot_stage import BOT, BotStage, said
from .stage import Together

pytestmark = pytest.mark.anyio


class Past(BotStage):
    """A service where Ann wrote to the bot, in private and in a group."""

    def __init__(self) -> None:
        super().__init__()
        self.world = self.transport.service.world
        add = self.world.add_user
        self.bot_user = add(login=BOT.login, password="canary-of-bot")
        self.ann = add(login="ann", password="canary-of-ann")
        self.me = self.bot_user.id
        self.chat = self.world.chat
        self.private = self.chat.private_dialog(self.ann.id, self.me)
        self.group = self.world.add_dialog(self.ann, occupants_ids=[self.me])

    def wrote(self, dialog: Dialog, text: str, **members: object) -> str:
        """Let Ann have written something; all in the same second, as it may be."""
        message = self.chat.add_message(
            dialog,
            self.ann.id,
            text,
            date_sent=1_700_000_000,
            **members,  # type: ignore[arg-type]
        )
        return message.id

    def arrives(self, message_id: str, text: str) -> None:
        """Let what she wrote in private arrive over the chat as well."""
        self.server.say(
            said(int(message_id, 16), text, by=self.ann.id).replace(
                f"{self.ann.id:024x}", self.private.id
            )
        )

    def marks_count(self) -> None:
        """Let the marks that the bot said reach the history."""
        for number in self.marked:
            message = self.chat.message(f"{number:024x}")
            assert message is not None
            self.chat.mark_read(message, self.me)


@pytest.fixture
def past() -> Past:
    return Past()


class Heard(list[str]):
    """What a bot's handler was given."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__()
        self.seconds = seconds
        self.messages: list[ChatMessage] = []
        self.router = Router()
        self.router.message()(self.handler)

    async def handler(self, message: ChatMessage) -> None:
        await anyio.sleep(self.seconds)
        self.append(message.body)
        self.messages.append(message)


async def for_a_while(bot: Bot, seconds: float = 5) -> None:
    async with Together() as group:
        await group.start(bot.run)
        await anyio.sleep(seconds)
        bot.stop()


async def test_a_bot_begins_with_what_it_missed(past: Past) -> None:
    """Each dialog in its order; not what it has read, and not its own."""
    heard = Heard()
    past.wrote(past.private, "read", read_ids=[past.me])
    for text in ("1", "2", "3"):
        past.wrote(past.private, text)
    past.wrote(past.group, "all", attachments=[{"type": "image", "uid": "u"}])
    past.chat.add_message(past.private, past.me, "mine", date_sent=1_700_000_000)
    await for_a_while(past.bot(heard.router, catch_up=100))

    assert ["1", "2", "3"] == [text for text in heard if text != "all"]
    [all_] = [one for one in heard.messages if one.body == "all"]
    assert (True, past.group.id, past.ann.id, True) == (
        all_.is_group,
        all_.dialog_id,
        all_.sender_id,
        all_.is_delayed,
    )
    assert "image" == all_.attachments[0].type
    assert 4 == len(past.marked)


async def test_what_was_handled_is_not_missed_the_next_time(past: Past) -> None:
    """The marks are the ledger; only what came in between is new."""
    heard = Heard()
    past.wrote(past.private, "1")
    bot = past.bot(heard.router, catch_up=100)
    await for_a_while(bot)
    past.marks_count()
    past.wrote(past.private, "2")
    await for_a_while(past.bot(heard.router, catch_up=100))

    assert ["1", "2"] == heard


async def test_what_was_cut_off_is_handled_the_next_time(past: Past) -> None:
    heard, slow = Heard(), Heard(60)
    past.wrote(past.private, "1")
    bot = past.bot(slow.router, catch_up=100, drain_timeout=1)
    await for_a_while(bot)
    past.marks_count()
    await for_a_while(past.bot(heard.router, catch_up=100))

    assert (1, ["1"]) == (len(bot.unfinished), heard)


async def test_what_is_heard_live_comes_behind_it_and_once(past: Past) -> None:
    """What the service kept for whoever was away comes both ways."""
    heard = Heard(1)
    first, second = past.wrote(past.private, "1"), past.wrote(past.private, "2")
    bot = past.bot(heard.router, catch_up=100)
    async with Together() as group:
        await group.start(bot.run)
        past.arrives(second, "2")
        past.arrives(past.wrote(past.private, "3"), "3")
        past.arrives(first, "1")
        await anyio.sleep(9)
        bot.stop()

    assert ["1", "2", "3"] == heard


async def test_a_rush_is_handled_from_the_history_in_its_order(past: Past) -> None:
    """More than finds room comes at once, and while it is handled; nothing is lost or twice."""
    heard = Heard(0.1)
    bot = past.bot(heard.router, catch_up=1000, max_queued=5)
    async with Together() as group:
        await group.start(bot.run)
        for rush in range(3):
            for number in range(40):
                text = f"{rush}.{number:02}"
                past.arrives(past.wrote(past.private, text), text)
            await anyio.sleep(1)
        await anyio.sleep(30)
        bot.stop()

    assert [f"{rush}.{number:02}" for rush in range(3) for number in range(40)] == heard


async def test_so_many_are_looked_for_and_no_more(past: Past) -> None:
    """The newest; older ones stay unread."""
    heard = Heard()
    for number in range(250):
        past.wrote(past.private, str(number))
    await for_a_while(past.bot(heard.router, catch_up=120))

    assert [str(number) for number in range(130, 250)] == heard


async def test_a_bot_that_is_not_to_catch_up_asks_for_nothing(past: Past) -> None:
    heard = Heard()
    past.wrote(past.private, "1")
    await for_a_while(past.bot(heard.router, catch_up=0))

    assert ([], []) == (heard, past.transport.service.requests)


async def test_a_bot_without_handlers_for_messages_asks_for_nothing(past: Past) -> None:
    router = Router()

    @router.event(Read)
    async def read() -> None: ...

    past.wrote(past.private, "1")
    await for_a_while(past.bot(router, catch_up=100))

    assert [] == past.transport.service.requests


async def test_a_history_that_cannot_be_had_keeps_nobody_from_working(
    past: Past, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so, and handles what it hears."""
    heard = Heard()
    past.transport.service.faults.status(500, path="/chat/Dialog", times=100)
    past.wrote(past.private, "1")
    bot = past.bot(heard.router, catch_up=100)
    async with Together() as group:
        await group.start(bot.run)
        past.arrives(past.wrote(past.private, "2"), "2")
        await anyio.sleep(5)
        bot.stop()

    assert ["2"] == heard
    assert "what was missed is not known: ServerError" in caplog.text


def test_catching_up_needs_marks(past: Past) -> None:
    with pytest.raises(InvalidInputError, match="catch_up=0"):
        past.bot(Router(), catch_up=1, mark_read=False)


async def test_a_bot_need_not_mark(past: Past) -> None:
    heard = Heard()
    bot = past.bot(heard.router, catch_up=0, mark_read=False)
    async with Together() as group:
        await group.start(bot.run)
        past.arrives(past.wrote(past.private, "1"), "1")
        await anyio.sleep(1)
        bot.stop()

    assert (["1"], []) == (heard, past.marked)


async def test_an_answer_to_what_was_missed_goes_where_it_was_said(past: Past) -> None:
    router = Router()

    @router.message()
    async def echo(event: MessageReceived, message: ChatMessage, chat: ChatConnection) -> None:
        await chat.reply(event, message.body)

    past.wrote(past.private, "private")
    past.wrote(past.group, "all")
    await for_a_while(past.bot(router, catch_up=100))

    sent = {
        frame.partition("<body>")[2].partition("<")[0]: frame.partition('to="')[2].partition('"')[0]
        for frame in past.server.sent
        if "<body>" in frame
    }
    assert {
        "private": f"{past.ann.id}-21@chat.test",
        "all": f"21_{past.group.id}@muc.chat.test",
    } == sent

"""
A bot that helps a group: it explains itself, reminds people, and asks them things.

As it stands it starts an emulator of its own, where Mara and Jonas have a group with the bot.
"""

import anyio
import anyio.abc

from connectycube import ChatConnection, ChatMessage, ConnectyCube, LoginPassword, MessageReceived
from connectycube.bots import (
    Argument,
    Bot,
    Conversation,
    Rest,
    Router,
    State,
    States,
    Throttle,
    in_group,
    in_state,
    regex,
)
from connectycube.emulator import Emulator


class NewPoll(States):
    """What is asked of whoever makes a poll; a talk that stays there ends after ten minutes."""

    question = State(timeout=600)
    options = State(timeout=600)


class Poll:
    """A question to a group, and what was answered."""

    def __init__(self, question: str, options: list[str]) -> None:
        self.question = question
        self.options = options
        self.votes: dict[int, str] = {}

    def count(self) -> str:
        """Tell how it stands."""
        votes = list(self.votes.values())
        return ", ".join(f"{option}: {votes.count(option)}" for option in self.options)


class Polls(dict[str, Poll]):
    """The newest poll of each group."""


helper = Router()


async def slow_down(event: MessageReceived, chat: ChatConnection) -> None:
    """Tell somebody once that it is enough for now."""
    await chat.reply(event, "One after the other, please.")


helper.outer_middleware()(
    Throttle(per_second=1 / 2, burst=8, by="user_in_dialog", on_limit=slow_down)
)


@helper.command("help", "start")
async def explain(event: MessageReceived, chat: ChatConnection, bot: Bot) -> None:
    """Tell what there is."""
    lines = [f"{command.usage}: {command.description}" for command in bot.commands]
    await chat.reply(event, "\n".join(lines))


@helper.command("remind")
async def remind(
    event: MessageReceived,
    chat: ChatConnection,
    tasks: anyio.abc.TaskGroup,
    minutes: Argument[float],
    text: Rest,
) -> None:
    """Say something again after a while."""

    async def later() -> None:
        await anyio.sleep(minutes * 60)
        await chat.reply(event, f"Remember: {text}")

    tasks.start_soon(later)
    await chat.reply(event, "I will.")


@helper.command("cancel")
async def cancel(event: MessageReceived, chat: ChatConnection, conversation: Conversation) -> None:
    """Forget the poll that is being made."""
    await conversation.end()
    await chat.reply(event, "Never mind.")


@helper.command("poll", filters=[in_group()])
async def poll(event: MessageReceived, chat: ChatConnection, conversation: Conversation) -> None:
    """Ask the group something."""
    await conversation.set(NewPoll.question)
    await chat.reply(event, "What is the question?")


@helper.message(in_state(NewPoll.question))
async def question(
    event: MessageReceived, message: ChatMessage, chat: ChatConnection, conversation: Conversation
) -> None:
    """Learn the question."""
    await conversation.set(NewPoll.options, question=message.body)
    await chat.reply(event, "And the answers, with commas between them?")


@helper.message(in_state(NewPoll.options) & regex(","))
async def options(
    event: MessageReceived,
    message: ChatMessage,
    chat: ChatConnection,
    conversation: Conversation,
    polls: Polls,
) -> None:
    """Learn the answers, and ask."""
    made = Poll(conversation.data["question"], [one.strip() for one in message.body.split(",")])
    polls[message.dialog_id or ""] = made
    await conversation.end()
    await chat.reply(event, f"{made.question} Answer by /vote: {', '.join(made.options)}")


@helper.command("vote", filters=[in_group()])
async def vote(event: MessageReceived, chat: ChatConnection, polls: Polls, answer: Rest) -> None:
    """Answer the newest poll."""
    asked = polls.get(event.dialog_id or "")
    if asked is None or answer not in asked.options:
        await chat.reply(event, "There is no such answer.")
    else:
        asked.votes[event.user_id] = answer
        await chat.reply(event, asked.count())


TALK = (
    ("Mara", "/help", 1),
    ("Jonas", "/remind soon tea", 1),
    ("Jonas", "/remind 0.001 tea is ready", 2),
    ("Mara", "/poll", 1),
    ("Mara", "What shall we drink?", 1),
    ("Mara", "tea, coffee", 1),
    ("Jonas", "/vote tea", 1),
    ("Mara", "/vote beer", 1),
)


async def show() -> None:
    """Let two people and the bot talk in a group."""
    async with Emulator() as emulator, anyio.create_task_group() as tasks:

        def client(name: str) -> ConnectyCube:
            return ConnectyCube(
                emulator.app_id,
                emulator.auth_key,
                auth=LoginPassword(name, "long-enough-1"),
                base_url=emulator.base_url,
                hosts=emulator.hosts,
            )

        async with (
            client("helper") as cube,
            client("mara") as as_mara,
            client("jonas") as as_jonas,
            as_mara.chat.connect() as mara,
            as_jonas.chat.connect() as jonas,
        ):
            bot = Bot(cube, helper, values={"tasks": tasks, Polls: Polls()})
            await tasks.start(bot.run)
            people = [jonas.user_id, bot.user_id]
            group = await as_mara.chat.dialogs.create_group("Friends", people)
            for name, said, answers in TALK:
                print(f"{name}: {said}")
                await {"Mara": mara, "Jonas": jonas}[name].send(group, said)
                await hear(mara, bot, answers)
            bot.stop()


async def hear(chat: ChatConnection, bot: Bot, answers: int) -> None:
    """Print what the bot answers."""
    async for event in chat:
        if isinstance(event, MessageReceived) and event.user_id == bot.user_id:
            print(
                "".join(f"  Helper: {line}\n" for line in event.message.body.splitlines()), end=""
            )
            answers -= 1
            if not answers:
                break


if __name__ == "__main__":
    anyio.run(show)

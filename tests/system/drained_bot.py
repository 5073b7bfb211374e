"""
A bot in a process of its own, for those who end it: it answers each message with its own text.

Told by arguments: the addresses of the API and the chat, the seconds to drain in, and the seconds
that a slow handler takes. It says on standard output when it is online, which messages it began
with, and which it did not finish.
"""

import random
import sys
from functools import partial

import anyio

from connectycube import ChatConnection, ChatMessage, ConnectyCube, Hosts, LoginPassword
from connectycube.bots import Bot, Router
from connectycube.chat.events import MessageReceived

router = Router()


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - it is how it is heard


@router.message()
async def answer(
    event: MessageReceived, message: ChatMessage, chat: ChatConnection, slow: float
) -> None:
    say("begins", message.id)
    await anyio.sleep(slow if "slow" in message.body else random.uniform(0, 0.01))  # noqa: S311 - no secret
    await chat.reply(event, f"re: {message.body}")


async def main(base_url: str, chat: str, drain: str, slow: str) -> None:
    hosts = Hosts(chat=chat, muc="muc.127.0.0.1")
    auth = LoginPassword("bot", "canary-of-bot")
    async with ConnectyCube(21, "canary-key", auth=auth, base_url=base_url, hosts=hosts) as cube:
        bot = Bot(cube, router, drain_timeout=float(drain), values={"slow": float(slow)})
        async with anyio.create_task_group() as tasks:
            await tasks.start(partial(bot.run, handle_signals=True))
            say("online")
    for event in bot.unfinished:
        if isinstance(event, MessageReceived):
            say("unfinished", event.message.id)
    say("bye")


anyio.run(partial(main, *sys.argv[1:]))

"""
A bot that says back whatever it is told.

As it stands it starts an emulator of its own, and somebody talks to the bot there.

With these in the environment it runs as a bot should, until SIGTERM or Ctrl-C: an application by
CONNECTYCUBE_APP_ID and CONNECTYCUBE_AUTH_KEY, its user by ECHO_BOT_LOGIN and ECHO_BOT_PASSWORD.
For `connectycube emulator` add CONNECTYCUBE_BASE_URL and CONNECTYCUBE_CHAT, the addresses that it
prints for its API and for the chat over TCP.
"""

import os
from functools import partial

import anyio

from connectycube import (
    ChatConnection,
    ConnectyCube,
    Hosts,
    LoginPassword,
    MessageReceived,
)
from connectycube.bots import Bot, Router, predicate
from connectycube.emulator import Emulator

router = Router()


@router.message(predicate(lambda message: bool(message.body)))
async def echo(event: MessageReceived, chat: ChatConnection) -> None:
    """Say it back, where it was said."""
    await chat.reply(event, event.message.body)


async def serve() -> None:
    """Run as the environment says, until somebody ends it."""
    chat = os.environ.get("CONNECTYCUBE_CHAT", Hosts().chat)
    hosts = Hosts(chat=chat, muc=f"muc.{chat.partition(':')[0]}")
    auth = LoginPassword(os.environ["ECHO_BOT_LOGIN"], os.environ["ECHO_BOT_PASSWORD"])
    async with (
        ConnectyCube.from_env(auth=auth, hosts=hosts) as cube,
        anyio.create_task_group() as tasks,
    ):
        bot = Bot(cube, router)
        await tasks.start(partial(bot.run, handle_signals=True))
        print(f"User {bot.user_id} says back what it is told.", flush=True)
    print("Bye.", flush=True)


async def show() -> None:
    """Let somebody talk to it."""
    as_echo = LoginPassword("echo", "long-enough-1")
    as_mara = LoginPassword("mara", "long-enough-1")
    async with (
        Emulator() as emulator,
        ConnectyCube(
            emulator.app_id,
            emulator.auth_key,
            auth=as_echo,
            base_url=emulator.base_url,
            hosts=emulator.hosts,
        ) as cube,
        cube.with_auth(as_mara).chat.connect() as mara,
        anyio.create_task_group() as tasks,
    ):
        bot = Bot(cube, router)
        await tasks.start(bot.run)
        for said in ("Hello", "Is anybody there?"):
            await mara.send(bot.user_id, said)
            print(f"Mara: {said}")
            async for event in mara:
                if isinstance(event, MessageReceived):
                    print(f"The bot: {event.message.body}")
                    break
        bot.stop()


if __name__ == "__main__":
    anyio.run(serve if "CONNECTYCUBE_APP_ID" in os.environ else show)

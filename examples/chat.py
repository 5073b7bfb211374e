"""
Two people talk in real time: one types, the other reads, and both see that of each other.

Run it as it stands: it starts `connectycube emulator` as a process of its own.

With `--echo` it stays up until Ctrl-C instead, as a bot that says back whatever it is told, and
speaks to anything that speaks to the service. It prints a script for the official JavaScript SDK,
with the addresses filled in: in an empty folder `npm install connectycube`, save the script there
as `hello.mjs`, and `node hello.mjs` tells what the bot answers.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio

from connectycube import (
    ChatConnection,
    ChatEvent,
    ConnectyCube,
    Hosts,
    HostsLike,
    LoginPassword,
    MessageReceived,
    Read,
    Typing,
)

T = TypeVar("T", bound=ChatEvent)
SCRIPT = """\
import ConnectyCube from 'connectycube';

ConnectyCube.init({{ appId: 21, authKey: 'emulator-auth-key' }}, {{
  endpoints: {{ api: new URL('{url}').host, api_url: '{url}', chat: '127.0.0.1' }},
  chatProtocol: {{ active: 2, websocket: '{websocket}' }},
  debug: {{ mode: 0 }},
}});
const jonas = {{ login: 'jonas', password: 'long-enough-2' }};
const {{ user }} = await ConnectyCube.createSession(jonas);
await ConnectyCube.chat.connect({{ userId: user.id, password: jonas.password }});
ConnectyCube.chat.onMessageListener = (userId, message) => {{
  console.log(`${{userId}} says: ${{message.body}}`);
  process.exit();
}};
const extension = {{ save_to_history: 1 }};
ConnectyCube.chat.send({bot}, {{ type: 'chat', body: 'Hello', extension }});
"""


@contextmanager
def emulator() -> Iterator[tuple[str, Hosts]]:
    """Serve the emulator from another process, and give its addresses."""
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = ""
            for line in process.stdout or ():
                if not line.strip():
                    break
                told += line
            [url, chat, websocket] = re.findall(r" on ([^\s,]+)", told)
            yield url, Hosts(chat=chat, chat_websocket=websocket, muc="muc.127.0.0.1")
        finally:
            process.terminate()


async def hear(chat: ChatConnection, kind: type[T]) -> T:
    """Wait for the next event of a kind."""
    async for event in chat:
        if isinstance(event, kind):
            return event
    raise RuntimeError("the conversation is over")


async def talk(base_url: str, hosts: HostsLike) -> None:
    """Type, write, read and answer."""
    as_mara = LoginPassword("mara", "long-enough-1")
    as_jonas = LoginPassword("jonas", "long-enough-2")
    async with (
        ConnectyCube(21, "emulator-auth-key", auth=as_mara, base_url=base_url, hosts=hosts) as cube,
        cube.chat.connect() as mara,
        cube.with_auth(as_jonas).chat.connect() as jonas,
    ):
        await mara.typing(jonas.user_id)
        await hear(jonas, Typing)
        print("Mara types ...")
        await mara.send(jonas.user_id, "Look at that sunset", extra={"mood": "golden"})

        message = (await hear(jonas, MessageReceived)).message
        print(f"Mara to Jonas: {message.body} {message.params}")
        await jonas.mark_read(message)
        await hear(mara, Read)
        print("Mara sees that Jonas has read it")

        await jonas.typing(mara.user_id)
        await jonas.reply(message, "Look at the time")
        await hear(mara, Typing)
        print("Jonas types ...")
        answer = (await hear(mara, MessageReceived)).message
        print(f"Jonas to Mara: {answer.body}")


async def echo(base_url: str, hosts: HostsLike) -> None:
    """Say back what anybody says, until Ctrl-C."""
    async with (
        ConnectyCube(
            21,
            "emulator-auth-key",
            auth=LoginPassword("echo", "long-enough-1"),
            base_url=base_url,
            hosts=hosts,
        ) as cube,
        cube.chat.connect() as chat,
    ):
        websocket = hosts.chat_websocket
        print(SCRIPT.format(url=base_url, websocket=websocket, bot=chat.user_id))
        print(f"// User {chat.user_id} says back what it is told; Ctrl-C stops it.", flush=True)
        async for event in chat:
            if isinstance(event, MessageReceived) and event.user_id != chat.user_id:
                message = event.message
                if message.body:
                    said = message.body[:1000]
                    await chat.mark_read(message)
                    await chat.reply(message, said)
                    print(f"// to user {message.sender_id}: {said!r}", flush=True)


if __name__ == "__main__":
    with emulator() as (url, hosts):
        try:
            anyio.run(echo if "--echo" in sys.argv[1:] else talk, url, hosts)
        except KeyboardInterrupt:
            print("Bye.")

"""
Twenty people click on "summarise" and the model is asked once; a stand-in plays the model.

Run it as it stands: it starts `connectycube emulator` as a process of its own. Your own model is
any async function from a prompt to a text; what it needs to know is its own business.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from connectycube import ConnectyCube, Dialog, LoginPassword
from connectycube.assist import Summaries, mask_private

CLICKS = 20


class StandIn:
    """Takes its time like a model, counts like a bill, and says how much it was given."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    async def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        await anyio.sleep(0.2)
        _instructions, _, transcript = prompt.partition("\n\n")
        lines = transcript.splitlines()
        return f"{len(lines)} messages, the last of them: {lines[-1].partition(': ')[2]!r}"


async def talk(mara: ConnectyCube, jonas: ConnectyCube) -> Dialog:
    """Let two people plan something, and tell more than a model needs to know."""
    me = (await jonas.create_session()).user_id or 0
    crew = await mara.chat.dialogs.create_group("Crew", [me])
    await mara.users.update(full_name="Mara")
    await mara.chat.messages.create(crew, "Shall we sail on Saturday?")
    await jonas.chat.messages.create(crew, "Yes! Write to jonas@example.org, or call +371 20000001")
    await mara.chat.messages.create(crew, "The berth is paid, card 4111 1111 1111 1111")
    return crew


async def click(summaries: Summaries, crew: Dialog, times: int = CLICKS) -> str:
    """Ask so many times at once; all get the same."""
    heard: set[str] = set()

    async def once() -> None:
        heard.add(await summaries.get(crew))

    async with anyio.create_task_group() as group:
        for _ in range(times):
            group.start_soon(once)
    [summary] = heard
    return summary


async def main(base_url: str) -> None:
    as_mara = LoginPassword("mara", "long-enough-1")
    as_jonas = LoginPassword("jonas", "long-enough-2")
    async with ConnectyCube(21, "emulator-auth-key", auth=as_mara, base_url=base_url) as mara:
        jonas = mara.with_auth(as_jonas)
        crew = await talk(mara, jonas)
        model = StandIn()
        summaries = Summaries(mara, model, redact=mask_private)

        async def report(what: str, times: int = CLICKS) -> None:
            before = len(model.prompts)
            summary = await click(summaries, crew, times)
            print(f"{what}: {times} clicks, {len(model.prompts) - before} model calls: {summary}")

        await report("At first")
        print("  What the model saw:", *model.prompts[0].splitlines()[2:], sep="\n    ")
        await report("Again")
        answer = await jonas.chat.messages.create(crew, "I bring the charts")
        await report("After a new message")
        await jonas.chat.messages.update(answer, dialog_id=crew, text="I bring the charts, and tea")
        await report("After an edit")
        await jonas.chat.messages.delete(answer, force=True)
        await report("After a deletion")
        counts = await mara.chat.messages.unread_counts(crew)
        print(f"Mara still has {counts.total} unread: a summary reads nothing for her")
        if len(model.prompts) != 4:  # noqa: PLR2004 - the first, and one for each change
            sys.exit(1)


@contextmanager
def emulator() -> Iterator[str]:
    """Serve the emulator from another process, and give its address."""
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            yield re.findall(r"http://\S+", told)[0]
        finally:
            process.terminate()


if __name__ == "__main__":
    with emulator() as url:
        anyio.run(main, url)

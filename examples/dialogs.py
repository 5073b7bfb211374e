"""
Two people chat over REST: a picture, read marks and hearts in private; edits and pins in a group.

Run it as it stands: it starts `connectycube emulator` as a process of its own.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from connectycube import Attachment, ConnectyCube, Dialog, DialogType, LoginPassword

PICTURE = b"\x89PNG, but for the rest of it"
HEART = "\N{BLACK HEART SUIT}"


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


async def greet(mara: ConnectyCube, jonas: ConnectyCube, jonas_id: int) -> None:
    """Write to one person, who looks, reads and answers in one character."""
    pair = await mara.chat.dialogs.create_private(jonas_id)
    blob = await mara.storage.upload(PICTURE, name="sunset.png", content_type="image/png")
    picture = Attachment(type="image", uid=blob.uid, name=blob.name, size=blob.size)
    hello = await mara.chat.messages.create(pair, "Look at that sunset", attachments=[picture])
    print(f"Mara to Jonas: {hello.text}, with {blob.name}")

    counts = await jonas.chat.messages.unread_counts(pair)
    print(f"Jonas has {counts.total} unread message, {counts.dialogs[pair.id]} of it from Mara")
    [found] = (await jonas.chat.messages.find(pair, mark_as_read=False)).items
    [attached] = found.attachments
    content = await jonas.storage.download(attached.uid or "")
    print(f"Jonas peeks at {attached.name}: {len(content or b'')} of {attached.size} bytes")
    await jonas.chat.messages.mark_read(pair, found)
    await jonas.chat.messages.add_reaction(found, HEART)
    counts = await jonas.chat.messages.unread_counts()
    print(f"Jonas marks it as read and has {counts.total} unread")

    await mara.chat.messages.add_reaction(found, HEART)
    who = await mara.chat.messages.get_reactions(found)
    pair = await mara.chat.dialogs.get(pair)
    print(f"Mara sees that it was {pair.last_message_status}; hearts: {len(who[HEART])}")


async def plan(mara: ConnectyCube, jonas: ConnectyCube, jonas_id: int) -> Dialog:
    """Plan an evening in a group, where writers edit and the owner pins."""
    group = await mara.chat.dialogs.create_group("Friday picnic", [jonas_id])
    print(f"\nMara makes the group {group.name!r} for {len(group.occupants_ids)}")
    idea = await jonas.chat.messages.create(group, "Meet at six by the river?")
    print(f"Jonas writes: {idea.text}, and thinks better of it")
    await jonas.chat.messages.update(idea, dialog_id=group, text="Meet at seven by the river?")
    await mara.chat.messages.create(group, "I bring cake", params={"portions": 2})
    group = await mara.chat.dialogs.update(group, pin_messages=[idea])
    async for message in mara.chat.messages.iterate(group):
        who = "Jonas" if message.sender_id == jonas_id else "Mara"
        own = f" {message.params}" if message.params else ""
        pin = " (pinned)" if message.id in group.pinned_messages_ids else ""
        print(f"  {who}: {message.text}{own}{pin}")
    return group


async def look_back(mara: ConnectyCube, jonas: ConnectyCube, group: Dialog) -> None:
    """Search, list what there is, and delete a dialog for everybody."""
    found = await jonas.chat.search("river")
    print(f"\nJonas searches for the river: {[message.text for message in found.messages]}")
    async for dialog in jonas.chat.dialogs.iterate():
        name = "Mara" if dialog.type == DialogType.PRIVATE else dialog.name
        print(f"  with {name}: {dialog.last_message!r}, {dialog.unread_messages_count} unread")
    await mara.chat.dialogs.delete(group, force=True)
    print(f"Mara deletes the group for everybody; dialogs left: {await jonas.chat.dialogs.count()}")


async def main(base_url: str) -> None:
    as_mara = LoginPassword("mara", "long-enough-1")
    as_jonas = LoginPassword("jonas", "long-enough-2")
    async with (
        ConnectyCube(21, "emulator-auth-key", auth=as_mara, base_url=base_url) as mara,
        mara.with_auth(as_jonas) as jonas,
    ):
        jonas_id = (await jonas.create_session()).user_id or 0
        await greet(mara, jonas, jonas_id)
        await look_back(mara, jonas, await plan(mara, jonas, jonas_id))


if __name__ == "__main__":
    with emulator() as url:
        anyio.run(main, url)

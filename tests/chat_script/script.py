"""The conversation, step by step, and how it is played."""

from collections.abc import Collection
from typing import Final, TypeAlias

import anyio
import attrs

from . import people, rooms, talk
from .inbox import PATIENCE
from .need import Need
from .partner import Partner
from .stage import Act, Guest, Stage


@attrs.frozen
class Step:
    """
    One thing that the speaker does and the listener hears of.

    Attributes:
        topic: what it is about.
        needs: what not every server has.
    """

    name: str
    topic: str
    act: Act
    needs: frozenset[Need] = frozenset()


def _step(topic: str, act: Act, *needs: Need) -> Step:
    return Step(act.__name__, topic, act, frozenset(needs))


STEPS: Final = (
    _step("messages", talk.plain_text),
    _step("messages", talk.texts_of_all_kinds),
    _step("messages", talk.parameters),
    _step("messages", talk.attachments),
    _step("messages", talk.parameters_without_a_text),
    _step("messages", talk.many_in_a_row),
    _step("statuses", talk.typing),
    _step("statuses", talk.delivered_by_itself),
    _step("statuses", talk.read),
    _step("edits", talk.edit),
    _step("edits", talk.delete),
    _step("system messages", talk.system_message),
    _step("calls", talk.call_signals),
    _step("acknowledgements", talk.sent),
    _step("messages", talk.copies_for_other_devices),
    _step("messages", talk.copies_of_statuses),
    _step("rooms", rooms.coming_and_going),
    _step("rooms", rooms.occupants),
    _step("messages", rooms.message_in_room),
    _step("statuses", rooms.typing_in_room),
    _step("statuses", rooms.marks_in_room),
    _step("edits", rooms.edit_in_room),
    _step("edits", rooms.delete_in_room),
    _step("messages", rooms.message_without_joining, Need.UNJOINED),
    _step("presence", people.ping),
    _step("presence", people.last_activity, Need.LAST_ACTIVITY),
    _step("presence", people.watched_activity, Need.STATUS_STREAMING),
    _step("presence", people.inactive_and_active, Need.MOBILE),
    _step("privacy", people.block),
    _step("privacy", people.mutual_block),
    _step("privacy", people.block_in_room),
)

Failures: TypeAlias = dict[str, str]


async def play(
    first: Partner,
    second: Partner,
    *,
    guest: Guest,
    dialog_id: str,
    private_id: str,
    without: Collection[Need] = (),
) -> Failures:
    """
    Play every step in both directions, and return what failed: nothing, it is hoped.

    Args:
        guest: connects somebody else, of whom they may be told.
        dialog_id: a group of the two.
        private_id: their private dialog.
        without: what this server lacks.
    """
    failures: Failures = {}
    for speaker, listener, way in ((first, second, "there"), (second, first, "back")):
        stage = Stage(speaker, listener, guest=guest, dialog_id=dialog_id, private_id=private_id)
        for step in STEPS:
            if step.needs.isdisjoint(without):
                await stage.settle()
                if failed := await _failure(step, stage):
                    failures[f"{step.name}, {way}"] = failed
    return failures


async def _failure(step: Step, stage: Stage) -> str | None:
    try:
        with anyio.fail_after(3 * PATIENCE):
            await step.act(stage)
    except Exception as error:  # noqa: BLE001 - one step that fails says nothing of the next
        return f"{type(error).__name__}: {error}"
    return None

"""What was said, what the history has, and what each application was shown: do they agree?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import attrs

Outcome: TypeAlias = Literal["open", "sent", "unknown", "failed"]
Swap: TypeAlias = tuple[str, str, str]
"""Of these messages, by their ids, the service has given the second first: to whom, which."""


@attrs.frozen(kw_only=True)
class Place:
    """A dialog, and who is in it."""

    name: str
    dialog_id: str
    people: tuple[str, ...]


@attrs.define(kw_only=True)
class Said:
    """One message: what its sender was told of it."""

    text: str
    sender: str
    device: str
    place: Place
    number: int
    at: float = 0.0
    outcome: Outcome = "open"
    message_id: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class Shown:
    """A message that an application was shown."""

    text: str
    message_id: str
    sender: str
    dialog_id: str | None


@attrs.define(kw_only=True)
class Verdict:
    """
    What is wrong, one line for each thing.

    Attributes:
        lost: what was sent or is in the history, and was not shown to somebody.
        twice: what somebody was shown more than once, or the history has twice.
        disordered: what was shown to somebody behind a later message of the same sender and place.
        false_sent: what the history does not have, although its sender was told it was sent.
        other: what was not said, not there or not told; and what nobody told the end of.
    """

    lost: list[str] = attrs.field(factory=list[str])
    twice: list[str] = attrs.field(factory=list[str])
    disordered: list[str] = attrs.field(factory=list[str])
    false_sent: list[str] = attrs.field(factory=list[str])
    other: list[str] = attrs.field(factory=list[str])

    @property
    def complaints(self) -> list[str]:
        """All of it."""
        return [f"{kind}: {line}" for kind, lines in attrs.asdict(self).items() for line in lines]


class Ledger:
    """
    Keeps the book of one simulation; `judge` closes it.

    Args:
        devices: the names of each person's devices, each of which is to be shown everything but
            what was said on it.
        names: of people, by their ids.
    """

    def __init__(
        self, devices: Mapping[str, Sequence[str]], names: Mapping[int, str] | None = None
    ) -> None:
        self.devices = devices
        self.names = names or {}
        self._owners = {device: name for name, owned in devices.items() for device in owned}
        self.said: dict[str, Said] = {}
        self.shown: defaultdict[str, list[Shown]] = defaultdict(list)
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._gaps: defaultdict[str, list[tuple[float, frozenset[str]]]] = defaultdict(list)

    def devices_of(self, user_id: int) -> Sequence[str]:
        """Return the devices of a person, by that person's id."""
        return self.devices[self.names[user_id]]

    def begin(self, device: str, place: Place, at: float = 0.0) -> Said:
        """Note that somebody is about to say something on a device, and make up what."""
        sender = self._owners[device]
        self._numbers[sender, place.name] += 1
        number = self._numbers[sender, place.name]
        text = f"{sender} in {place.name}, {number}"
        said = Said(text=text, sender=sender, device=device, place=place, number=number, at=at)
        self.said[said.text] = said
        return said

    def show(self, device: str, message: Shown) -> None:
        """Note what an application was shown."""
        self.shown[device].append(message)

    def gap(self, device: str, dialog_ids: Iterable[str], at: float) -> None:
        """Note that an application was told that it may have missed something in these dialogs."""
        self._gaps[device].append((at, frozenset(dialog_ids)))

    @property
    def gaps(self) -> int:
        """How often applications were told so."""
        return sum(map(len, self._gaps.values()))

    def count(self, outcome: Outcome) -> int:
        """Count the messages of which their senders were told this."""
        return sum(one.outcome == outcome for one in self.said.values())

    def judge(self, history: Mapping[str, str], swaps: Iterable[Swap] = ()) -> Verdict:
        """
        Say what is wrong.

        Args:
            history: the texts that the service has, by their ids.
            swaps: what the service itself gave in another order, and nobody could put right.
        """
        verdict = Verdict()
        texts = Counter(history.values())
        seen = {device: {one.text for one in shown} for device, shown in self.shown.items()}
        verdict.twice += [
            f"{text!r} is in the history {n} times" for text, n in texts.items() if n > 1
        ]
        for said in self.said.values():
            self._judge_sending(verdict, said, history)
            if said.outcome == "sent" or said.text in texts:
                verdict.lost += self._missing(said, seen)
        forgiven = set(swaps)
        for reader, shown in self.shown.items():
            self._judge_reading(verdict, reader, shown)
            verdict.disordered += self._disorder(reader, shown, forgiven)
        return verdict

    def _judge_sending(self, verdict: Verdict, said: Said, history: Mapping[str, str]) -> None:
        if said.outcome == "sent" and history.get(said.message_id) != said.text:
            verdict.false_sent.append(f"{said.text!r} ({said.message_id})")
        if said.outcome in ("open", "failed"):
            verdict.other.append(f"{said.text!r} is {said.outcome}: {said.reason}")

    def _missing(self, said: Said, seen: Mapping[str, set[str]]) -> list[str]:
        return [
            f"{said.text!r} ({said.outcome}, {said.message_id}) by {device}"
            for reader in said.place.people
            for device in self.devices[reader]
            if device != said.device
            and said.text not in seen.get(device, ())
            and not self._knows(device, said)
        ]

    def _knows(self, device: str, said: Said) -> bool:
        """Say whether an application was told that it may have missed this."""
        return any(
            at >= said.at and said.place.dialog_id in dialog_ids
            for at, dialog_ids in self._gaps[device]
        )

    def _judge_reading(self, verdict: Verdict, reader: str, shown: list[Shown]) -> None:
        for kind in ("text", "message_id"):
            counted = Counter(getattr(one, kind) for one in shown)
            verdict.twice += [f"{what!r} by {reader}" for what, n in counted.items() if n > 1]
        for one in shown:
            said = self.said.get(one.text)
            if said is None or self._owners[reader] not in said.place.people:
                verdict.other.append(f"{one.text!r} is not for {reader}")
            elif one.sender != said.sender:
                verdict.other.append(f"{one.text!r} came to {reader} from {one.sender}")
            elif one.dialog_id != said.place.dialog_id:
                verdict.other.append(f"{one.text!r} came to {reader} in {one.dialog_id}")
            elif said.message_id and one.message_id != said.message_id:
                verdict.other.append(f"{one.text!r} came to {reader} as {one.message_id}")

    def _disorder(self, reader: str, shown: list[Shown], swaps: set[Swap]) -> list[str]:
        complaints: list[str] = []
        before: defaultdict[tuple[str, str], list[tuple[int, Shown]]] = defaultdict(list)
        for one in shown:
            said = self.said.get(one.text)
            if said is None or self._knows(reader, said):
                continue
            earlier = before[said.sender, said.place.name]
            for number, other in reversed(earlier):
                is_swapped = (reader, one.message_id, other.message_id) in swaps
                if number > said.number and not is_swapped:
                    complaints.append(f"{one.text!r} behind {other.text!r} by {reader}")
                    break
            earlier.append((said.number, one))
        return complaints

"""What goes wrong, and how often."""

from typing import Any, Final

import attrs


@attrs.frozen(kw_only=True)
class Variant:
    """
    One kind of bad day.

    Attributes:
        settings: switches of the emulated service.
        cuts: how many of the planned cuts there are; a share.
        told, unnoticed, silent: how the cuts are shared out among these kinds; see `CutKind`.
        refused: how many resumptions are refused; a share, as the next three are.
        acks_lost: answers to "what have you got?".
        duplicated, reordered: messages to a device.
        restarts: crashes of the whole chat in ten minutes, each followed by a moment without it.
        history_fails: requests for messages that fail; a share.
        refused_logins: right passwords that are called wrong, in ten minutes.
        devices: how many each person has.
        skew: seconds that the clocks of people are off by, at most.
        calm: seconds before the first cut.
        dates: whether people write their own clock's time into messages.
        joins: whether rooms are to be joined by whoever wants to hear what is said there.
    """

    name: str
    settings: dict[str, Any] = attrs.field(factory=dict[str, Any])
    cuts: float = 1.0
    told: int = 2
    unnoticed: int = 1
    silent: int = 0
    refused: float = 0.0
    acks_lost: float = 0.0
    duplicated: float = 0.0
    reordered: float = 0.0
    restarts: int = 0
    history_fails: float = 0.0
    refused_logins: int = 0
    devices: int = 1
    skew: float = 0.0
    calm: float = 0.0
    dates: bool = False
    joins: bool = False


VARIANTS: Final = {
    one.name: one
    for one in (
        Variant(name="resumed"),
        Variant(name="refused", refused=1.0),
        Variant(name="unsupported", settings={"sm_resume": False}),
        Variant(name="acks lost", acks_lost=0.5, refused=0.3),
        Variant(name="duplicated and reordered", duplicated=0.1, reordered=0.1, refused=0.3),
        Variant(name="restarts", restarts=40),
        Variant(name="half-open", cuts=0.3, told=2, unnoticed=2, silent=1),
        Variant(name="history fails", history_fails=0.7, refused=0.7),
        Variant(name="rooms", joins=True, settings={"groupchat_without_join": False}, refused=0.5),
        Variant(name="two devices", devices=2, refused=0.5),
        Variant(name="clocks", skew=90.0, refused=0.5),
        # What was said before a conversation began is not its own, and dates are all that tells it.
        Variant(name="dates", skew=2.0, dates=True, calm=5.0, refused=0.5),
        Variant(
            name="mixed",
            told=20,
            unnoticed=20,
            silent=1,
            refused=0.3,
            acks_lost=0.2,
            duplicated=0.05,
            reordered=0.05,
            restarts=20,
            refused_logins=10,
            skew=30.0,
        ),
    )
}

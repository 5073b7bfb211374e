"""No message is told of twice, and what that takes is bounded."""

from connectycube.chat.seen import Seen


def test_a_key_is_new_once() -> None:
    """All of it counts."""
    seen = Seen()

    assert [True, False, True, True] == [
        seen.add(8, "a"),
        seen.add(8, "a"),
        seen.add(9, "a"),
        seen.add(8, "b"),
    ]
    assert (True, False) == (seen.knows(9, "a"), seen.knows(9, "b"))


def test_at_least_the_last_4096_are_remembered() -> None:
    seen = Seen()
    for number in range(20_000):
        assert seen.add(number)

    assert not any(seen.add(number) for number in range(20_000 - 4096, 20_000))


def test_what_is_old_is_forgotten() -> None:
    """Or a conversation of months would fill the memory."""
    seen = Seen()
    for number in range(20_000):
        seen.add(number)

    assert len(seen._newer) + len(seen._older) <= 8192
    assert seen.add(0)

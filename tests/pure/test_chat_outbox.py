"""What waits to be sent or confirmed: its order, over any number of lines."""

from connectycube.chat.outbox import Outbox, Stanza


def a_message(number: int) -> Stanza:
    return Stanza(f"<message {number}/>", f"m{number}")


def filled(*stanzas: Stanza) -> Outbox:
    outbox = Outbox()
    for stanza in stanzas:
        outbox.add(stanza)
    return outbox


def test_what_is_sent_waits_to_be_confirmed() -> None:
    """In the order in which it was said."""
    outbox = filled(*(a_message(number) for number in range(3)))
    frames = outbox.take()
    again = outbox.take()

    assert (["<message 0/>", "<message 1/>", "<message 2/>"], []) == (frames, again)
    assert (["m0", "m1"], ["m2"]) == (outbox.confirm(2), outbox.unconfirmed)


def test_a_conversation_that_goes_on_sends_again_what_was_not_confirmed() -> None:
    """All of it, for it was counted; and before what was said since."""
    outbox = filled(a_message(0), Stanza("<typing/>", is_lasting=False), a_message(1))
    outbox.take()
    outbox.confirm(1)
    outbox.add(a_message(2))
    outbox.resume()

    assert ["<typing/>", "<message 1/>", "<message 2/>"] == outbox.take()
    assert 3 == outbox.sent


def test_a_new_conversation_sends_again_what_is_of_use() -> None:
    """Neither what has passed, nor what nobody waits for; and behind what opens it."""
    outbox = filled(
        a_message(0),
        Stanza("<typing/>", is_lasting=False),
        Stanza("<asked/>", request_id="r1"),
        Stanza("<given up/>", request_id="r2"),
    )
    outbox.take()
    outbox.add(a_message(1))
    outbox.renew([Stanza("<presence/>", is_lasting=False)], {"r1"}.__contains__)

    assert ["<presence/>", "<message 0/>", "<asked/>", "<message 1/>"] == outbox.take()


def test_what_surely_has_not_left() -> None:
    """What was sent once may have arrived, though it waits to be sent again."""
    outbox = filled(a_message(0))
    outbox.take()
    outbox.add(a_message(1))
    outbox.resume()

    assert ({"m1"}, ["m0", "m1"]) == (outbox.unsent, outbox.unconfirmed)


def test_messages_are_worth_a_question_and_so_is_a_hundred_of_anything() -> None:
    outbox = filled(*(Stanza("<mark/>") for _ in range(99)))
    outbox.take()
    before = outbox.is_due
    outbox.add(Stanza("<mark/>"))
    outbox.take()
    with_message = filled(a_message(0))
    with_message.take()

    assert (False, True, True) == (before, outbox.is_due, with_message.is_due)

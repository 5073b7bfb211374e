"""How a check says that a promise is broken."""


def promise(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    """
    Raise where a promise does not hold; by hand, because `python -O` drops assertions.

    Raises:
        AssertionError: it does not hold.
    """
    if not holds:
        raise AssertionError(f"broken promise: {what}")

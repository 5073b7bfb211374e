"""What became of several things that were to be deleted at once."""

from typing import Any, ClassVar

import attrs

from connectycube.values import frozen


@frozen(kw_only=True)
class Deleted:
    """
    What became of each of the ids that were to be deleted; a refusal is told here, not raised.

    Attributes:
        deleted: these are gone.
        not_found: these were not there.
        not_permitted: these are not the caller's to delete.

    https://developers.connectycube.com/server/chat
    """

    # Some answers are words that say no more than yes.
    may_come_in_words: ClassVar[bool] = True

    deleted: list[str] = attrs.field(factory=list[str], metadata={"wire": "SuccessfullyDeleted"})
    not_found: list[str] = attrs.field(factory=list[str], metadata={"wire": "NotFound"})
    not_permitted: list[str] = attrs.field(factory=list[str], metadata={"wire": "WrongPermissions"})

    @staticmethod
    def told_as(data: Any) -> dict[str, Any]:
        """Take each list out of its object; all may be missing where one thing was to go."""
        members = data if isinstance(data, dict) else {}
        return {
            name: listed.get("ids") if isinstance(listed, dict) else listed
            for name, listed in members.items()
        }

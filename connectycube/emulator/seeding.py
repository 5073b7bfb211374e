"""
Filling the world from one document: who is there, what they say, what they keep.

Everything stands below what it belongs to. Things are named by `key`, or by the login, e-mail or
name they have anyway; a name can be used below the place where it is given. In YAML:

    users:
      - {login: mara, password: long-enough-1, tags: [crew], contacts: {"37120000002": Jonas}}
      - {login: jonas, password: long-enough-2, subscriptions: [{token: t, udid: phone}]}
    files:
      - {key: map, owner: mara, name: map.txt, content_type: text/plain, content: North is up}
    dialogs:
      - name: Crew
        type: group
        owner: mara
        occupants: [jonas]
        messages:
          - {from: mara, text: Hello, sent_at: 2024-06-08T10:00:00Z, read_by: [jonas]}
          - {from: jonas, attachments: [{type: file, file: map}]}
        whiteboards: [{name: Plan}]
    classes:
      - name: Boat
        fields: {name: String, length: Float}
        records: [{owner: mara, fields: {name: Albatross, length: 9.5}}]
    meetings:
      - {name: Briefing, host: mara, attendees: [jonas, visitor@example.org], recordings: [{}]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .seeding_chat import seed_dialog
from .seeding_data import seed_class
from .seeding_meetings import seed_meeting
from .seeding_place import Place
from .seeding_users import seed_avatar, seed_file, seed_user

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .seeding_names import Names
    from .world import World


def plant(world: World, document: Mapping[str, Any], names: Names) -> None:
    """
    Add what a document describes; a `SeedError` says what is wrong and where.

    What stands before the wrong place is then there.
    """
    parts = Place("", document).members("users", "files", "dialogs", "classes", "meetings")
    for section, add in _SECTIONS:
        if section in parts:
            for one in parts[section].items():
                add(world, one, names)


_SECTIONS: tuple[tuple[str, Callable[[World, Place, Names], None]], ...] = (
    ("users", seed_user),
    ("files", seed_file),
    # An avatar may be one of the files, which have owners.
    ("users", seed_avatar),
    ("dialogs", seed_dialog),
    ("classes", seed_class),
    ("meetings", seed_meeting),
)

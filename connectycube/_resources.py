"""The parts of the service that a client has by name, beside those that every client needs."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from connectycube._caller import Caller
from connectycube.http import HostsLike

if TYPE_CHECKING:
    from connectycube.api.address_book import AddressBook
    from connectycube.api.calls import Calls
    from connectycube.api.chat import Chat
    from connectycube.api.data import Data
    from connectycube.api.link_previews import LinkPreviews
    from connectycube.api.meetings import Meetings
    from connectycube.api.push import Push
    from connectycube.api.storage import Storage
    from connectycube.api.whiteboards import Whiteboards
    from connectycube.frames import Connector


class Resources:
    """
    Each part is loaded when it is first named, so that an import does not pay for all.

    Name one at the start, such as `cube.chat`, to pay for it there; `users.set_avatar` names
    `storage`.
    """

    _caller: Caller
    _chat_connector: "Connector | None"
    hosts: HostsLike

    @cached_property
    def storage(self) -> "Storage":
        """Files: uploading, fetching, and the URLs that others read them by."""
        from connectycube.api.storage import Storage  # noqa: PLC0415 - as said

        return Storage(self._caller)

    @cached_property
    def chat(self) -> "Chat":
        """Dialogs and messages, and realtime conversations."""
        from connectycube.api.chat import Chat  # noqa: PLC0415 - as said

        return Chat(self._caller, hosts=self.hosts, connector=self._chat_connector)

    @cached_property
    def data(self) -> "Data[dict[str, Any]]":
        """Custom objects: records of the application's own classes."""
        from connectycube.api.data import Data  # noqa: PLC0415 - as said

        return Data[dict[str, Any]](self._caller)

    @cached_property
    def push(self) -> "Push":
        """Push notifications and the devices that get them."""
        from connectycube.api.push import Push  # noqa: PLC0415 - as said

        return Push(self._caller)

    @cached_property
    def address_book(self) -> "AddressBook":
        """The contacts of a user, and who of them is registered."""
        from connectycube.api.address_book import AddressBook  # noqa: PLC0415 - as said

        return AddressBook(self._caller)

    @cached_property
    def meetings(self) -> "Meetings":
        """Meetings and their recordings."""
        from connectycube.api.meetings import Meetings  # noqa: PLC0415 - as said

        return Meetings(self._caller)

    @cached_property
    def whiteboards(self) -> "Whiteboards":
        """The whiteboards of dialogs."""
        from connectycube.api.whiteboards import Whiteboards  # noqa: PLC0415 - as said

        return Whiteboards(self._caller, self.hosts)

    @cached_property
    def calls(self) -> "Calls":
        """What an incoming call can be told over HTTP."""
        from connectycube.api.calls import Calls  # noqa: PLC0415 - as said

        return Calls(self._caller)

    @cached_property
    def link_previews(self) -> "LinkPreviews":
        """What the page behind a link says of itself."""
        from connectycube.api.link_previews import LinkPreviews  # noqa: PLC0415 - as said

        return LinkPreviews(self._caller, self.hosts)

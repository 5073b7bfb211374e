"""A file of the service, which calls it a blob."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from connectycube.errors import InvalidInputError
from connectycube.fields import masked
from connectycube.values import frozen


@frozen(kw_only=True)
class BlobAccess:
    """
    A leave to write or read a file's content at the object store, for whoever holds its URL.

    Attributes:
        params: URL to upload to, with the form's fields in its query.
        expires: when `params` stops being good, an hour after it was made.
    """

    params: str | None = attrs.field(default=None, repr=masked)
    expires: datetime | None = None
    object_access_type: str | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @property
    def download_url(self) -> str | None:
        """Signed URL of the content, where it was asked for."""
        # The service's own documentation spells it both ways.
        return self.extra.get("download_url") or self.extra.get("dowload_url")


@frozen(kw_only=True)
class Blob:
    """
    A file, or the record of one whose content is yet to come.

    Attributes:
        uid: names the file in URLs.
        size: bytes; `None` until the upload is complete.
        public: whether it can be read without a session.
        access: how to write or read the content, where the service told.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/storage#file-model
    """

    id: int
    uid: str
    name: str | None = None
    content_type: str | None = None
    size: int | None = None
    public: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    access: BlobAccess | None = attrs.field(
        default=None, repr=False, metadata={"wire": "blob_object_access"}
    )
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


BlobLike: TypeAlias = int | Blob


def blob_id(blob: BlobLike) -> int:
    """
    Return the id of a file, or the id that was given.

    Raises:
        InvalidInputError: it is neither.
    """
    value: object = blob.id if isinstance(blob, Blob) else blob
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise InvalidInputError("blob_id must be a positive integer, or a Blob")
    return value


@frozen
class Progress:
    """
    How far a transfer has come, in bytes.

    Attributes:
        done: sent or received so far.
        total: `None` where the length is not known.
    """

    done: int
    total: int | None

    @property
    def sent(self) -> int:
        """The bytes that an upload has handed to the line."""
        return self.done

    @property
    def received(self) -> int:
        """The bytes that a download has got."""
        return self.done


ProgressHook = Callable[[Progress], object]

"""
Files: uploading, fetching, and the URLs that others read them by.

https://developers.connectycube.com/server/storage
"""

import mimetypes
import os
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Final

import anyio
import attrs
from anyio import to_thread

from connectycube._caller import Caller
from connectycube._download import Download, open_file
from connectycube._object_store import UPLOAD_CONTENT
from connectycube._single_flight import SingleFlight
from connectycube._source import OpenSource, Source, open_source
from connectycube._upload import upload
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import InvalidInputError, SignedOutError
from connectycube.fields import checked_flag
from connectycube.http import Response
from connectycube.models.blob import Blob, BlobLike, ProgressHook
from connectycube.models.blob import blob_id as id_of
from connectycube.models.page import Page
from connectycube.multipart import check_content_type
from connectycube.query import encode_query, numbered_page
from connectycube.session import Session, announced_lifetime

CREATE: Final = Endpoint("POST", "/blobs", Blob, envelope="blob", needs=Needs.USER)
COMPLETE: Final = Endpoint("PUT", "/blobs/{blob_id}/complete", NoneType, needs=Needs.USER)
GET: Final = Endpoint("GET", "/blobs/{blob_id}", Blob, envelope="blob", needs=Needs.USER)
GET_BY_UID: Final = Endpoint("GET", "/blobs/{uid}/object", Blob, envelope="blob", needs=Needs.USER)
FIND: Final = Endpoint("GET", "/blobs", Page[Blob], item="blob", needs=Needs.USER)
UPDATE: Final = Endpoint("PUT", "/blobs/{blob_id}", Blob, envelope="blob", needs=Needs.USER)
DELETE: Final = Endpoint("DELETE", "/blobs/{blob_id}", NoneType, needs=Needs.USER)
DOWNLOAD: Final = Endpoint("GET", "/blobs/{uid}/download", NoneType, needs=Needs.USER)
# What a browser is given: no suffix, and nothing in a header.
FETCH: Final = Endpoint("GET", "/blobs/{uid}", NoneType, needs=Needs.NOTHING)

MAX_SIZE: Final = 100 * 1024 * 1024
_MAX_NAME: Final = 100
_UNKNOWN_TYPE: Final = "application/octet-stream"
# A record that nobody will complete should go, but not hold up a cancellation for long.
_CLEAN_UP: Final = 5.0


@attrs.frozen(eq=False, repr=False)
class Storage:
    """
    Everything about files; `ConnectyCube.storage` is one.

    Wherever the id of a file is wanted, the `Blob` serves as well; uids are another thing.
    """

    _caller: Caller

    async def upload(
        self,
        source: Source,
        *,
        name: str | None = None,
        content_type: str | None = None,
        public: bool = False,
        size: int | None = None,
        progress: ProgressHook | None = None,
    ) -> Blob:
        """
        Upload content and return its file, complete.

        Three steps: a record is made, the content goes to the object store, the record is
        completed. When it fails or is cancelled after the first, the record is removed again, if
        the service can be reached. `timeout` bounds each step; for the content, each moment in
        which nothing moves.

        Args:
            source: a path, bytes, a binary file object (read from where it stands, and put there
                again), or an async iterable of bytes.
            name: by default the source's own; 1 to 100 characters.
            content_type: by default guessed from the name.
            public: whether everybody may read it without a session.
            size: bytes in all; needed for an async iterable, measured otherwise.
            progress: called with a `Progress` after each piece.

        Raises:
            InvalidInputError: nothing that can be uploaded, too large, or not of its size.
            OSError: the file cannot be read.
            ForbiddenError: the session has no user.
            ApiError: the service or its object store refused.

        https://developers.connectycube.com/server/storage#upload-file
        """
        with (
            closing(await open_source(source, size)) as opened,
            self._caller.observed(UPLOAD_CONTENT.label),
        ):
            _check_size(opened.length)
            name = _checked_name((opened.name or "file") if name is None else name)
            made: list[Blob] = []

            async def create() -> None:
                made.append(await self.create(name=name, content_type=content_type, public=public))

            try:
                # Cancelled, it may still end: else nobody would know the record to remove.
                await SingleFlight[None]().run(create)
                [blob] = made
                await self._send(blob, opened, progress)
                await self.complete(blob.id, opened.length)
            except BaseException:
                for blob in made:
                    await self.discard(blob)
                raise
            return attrs.evolve(blob, size=opened.length, access=None)

    async def create(
        self, *, name: str, content_type: str | None = None, public: bool = False
    ) -> Blob:
        """
        Make the record of a file whose content is yet to come; `access` says where to.

        Args:
            content_type: by default guessed from the name.
            public: whether everybody may read it without a session.

        Raises:
            InvalidInputError: a name of no or more than 100 characters, or no media type.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/storage#create-file
        """
        kind = content_type or mimetypes.guess_type(_checked_name(name))[0] or _UNKNOWN_TYPE
        check_content_type(kind)
        # The service's own default is private, but one of its clients thought otherwise: say it.
        open_to_all = checked_flag(public, "public")
        body = {"blob": {"content_type": kind, "name": name, "public": open_to_all}}
        return await self._caller.call(CREATE, body=body)

    async def upload_content(
        self,
        blob: Blob,
        source: Source,
        *,
        size: int | None = None,
        progress: ProgressHook | None = None,
    ) -> int:
        """
        Send content to the place that `create` gave, and return its size in bytes.

        Nothing that belongs to the session goes there. It is sent again at most as often as the
        client's policy says, and never where the source cannot be read from its start again.

        Raises:
            InvalidInputError: the record is not one of `create`, or the source is not of its size.
            ApiError: the object store refused.

        https://developers.connectycube.com/server/storage#upload-file
        """
        with (
            closing(await open_source(source, size)) as opened,
            self._caller.observed(UPLOAD_CONTENT.label),
        ):
            _check_size(opened.length)
            await self._send(blob, opened, progress)
            return opened.length

    async def complete(self, blob_id: BlobLike, size: int) -> None:
        """
        Declare the content complete; before that nobody can download it.

        https://developers.connectycube.com/server/storage#declare-file-uploaded
        """
        path = {"blob_id": id_of(blob_id)}
        await self._caller.call(COMPLETE, path=path, body={"blob": {"size": size}})

    async def get(self, blob_id: BlobLike) -> Blob:
        """
        Return the record of a file.

        Raises:
            NotFoundError: there is no such file.

        https://developers.connectycube.com/server/storage#get-file-information
        """
        return await self._caller.call(GET, path={"blob_id": id_of(blob_id)})

    async def get_by_uid(self, uid: str, *, download_url: bool = False) -> Blob:
        """
        Return the record of a file by its uid.

        Args:
            download_url: ask for a signed URL of the content too, at `blob.access.download_url`;
                whoever holds it can read the file for a week.

        Raises:
            NotFoundError: there is no such file.

        https://developers.connectycube.com/server/storage#get-file-object
        """
        query = {"download_url": True} if checked_flag(download_url, "download_url") else None
        return await self._caller.call(GET_BY_UID, path={"uid": uid}, query=query)

    async def find(self, *, page: int = 1, per_page: int = 10) -> Page[Blob]:
        """
        Return a numbered page of one's own files. The service calls this deprecated.

        Args:
            page: counts from 1.
            per_page: 1 to 100.

        Raises:
            InvalidQueryError: numbers out of range.

        https://developers.connectycube.com/server/storage#list-files
        """
        return await self._caller.call(FIND, query=numbered_page(page, per_page))

    async def update(self, blob_id: BlobLike, *, name: str) -> Blob:
        """
        Rename a file of one's own. The service calls this deprecated.

        Raises:
            InvalidInputError: a name of no or more than 100 characters.
            ForbiddenError: it is somebody else's.

        https://developers.connectycube.com/server/storage#update-file
        """
        path = {"blob_id": id_of(blob_id)}
        return await self._caller.call(
            UPDATE, path=path, body={"blob": {"name": _checked_name(name)}}
        )

    async def delete(self, blob_id: BlobLike) -> None:
        """
        Delete a file of one's own, content and record.

        Raises:
            ForbiddenError: it is somebody else's.
            NotFoundError: there is no such file.

        https://developers.connectycube.com/server/storage#delete-file
        """
        await self._caller.call(DELETE, path={"blob_id": id_of(blob_id)})

    async def download(
        self,
        uid: str,
        to: str | os.PathLike[str] | None = None,
        *,
        progress: ProgressHook | None = None,
    ) -> bytes | None:
        """
        Fetch a file's content: as bytes, or into a file that appears only when it is whole.

        Args:
            to: path to write to; what stands there is replaced in one step.
            progress: called with a `Progress` after each chunk.

        Raises:
            NotFoundError: there is no such file, or it was never completed.
            TransportError: it did not arrive whole.
            OSError: the file cannot be written.

        https://developers.connectycube.com/server/storage#download-file
        """
        target = None if to is None else _checked_target(to)
        async with self.stream(uid, progress=progress) as chunks:
            if target is None:
                return b"".join([chunk async for chunk in chunks])
            await _write(chunks, target)
            return None

    def stream(self, uid: str, *, progress: ProgressHook | None = None) -> Download:
        """
        Fetch a file's content in chunks: `async with storage.stream(uid) as chunks`, then iterate.

        Redirects are followed, three at most, to `https` alone, and nothing of the session goes
        along. `timeout` bounds the wait for the answer, then for each chunk.

        https://developers.connectycube.com/server/storage#download-file
        """
        caller = self._caller
        path = {"uid": uid}
        DOWNLOAD.fill(path)

        async def ask(session: Session) -> tuple[Response, str]:
            answer = await open_file(caller.gateway, DOWNLOAD, token=session.token, path=path)
            caller.sessions.touch(session.token, announced_lifetime(answer[0].headers))
            return answer

        async def first() -> tuple[Response, str]:
            with caller.deadline(DOWNLOAD.label):
                return await caller.with_session(ask)

        return Download(
            first,
            caller.gateway,
            stall=caller.timeout,
            progress=progress,
            observed=caller.observed(DOWNLOAD.label),
        )

    def public_url(self, uid: str) -> str:
        """Return the URL of a public file; no I/O."""
        return self._caller.gateway.base_url + FETCH.fill({"uid": uid})

    def private_url(self, uid: str) -> str:
        """
        Return a URL that anybody can read a private file by; no I/O.

        It carries the session token of whoever makes it: it dies with that session, and until then
        whoever sees it may act as that user. Hand it on as you would a password.

        Raises:
            SignedOutError: there is no session whose token it could carry.
        """
        session = self._caller.sessions.session
        if session is None:
            raise SignedOutError("a private URL carries the session's token, and there is none")
        return f"{self.public_url(uid)}?{encode_query({'token': session.token})}"

    async def discard(self, blob: Blob) -> None:
        """Remove a record that nobody will complete, if the service can be reached."""
        with anyio.move_on_after(_CLEAN_UP, shield=True):
            # Whatever goes wrong here, a hook of the application's included: the first error is
            # the one to tell.
            with suppress(Exception):
                await self._caller.call(DELETE, path={"blob_id": blob.id})

    async def _send(self, blob: Blob, opened: OpenSource, progress: ProgressHook | None) -> None:
        if blob.access is None or blob.access.params is None:
            raise InvalidInputError("the file has no place to upload to: it comes with create()")
        self._caller.guard.check(self._caller.gateway.loop)
        await upload(
            self._caller.gateway,
            blob.access.params,
            opened,
            filename=blob.name or "file",
            content_type=blob.content_type or _UNKNOWN_TYPE,
            stall=self._caller.timeout,
            progress=progress,
        )


def _check_size(length: int) -> None:
    if length > MAX_SIZE:
        raise InvalidInputError(f"a file holds at most {MAX_SIZE:,} bytes, not {length:,}")


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= _MAX_NAME:
        raise InvalidInputError(f"a file's name has 1 to {_MAX_NAME} characters")
    return name


def _checked_target(to: str | os.PathLike[str]) -> Path:
    path = Path(to)
    if not path.name:
        raise InvalidInputError("the path to download to names no file")
    return path


async def _write(chunks: Download, path: Path) -> None:
    """Write beside the target, and move there what is whole."""
    part = path.with_name(f".{os.urandom(8).hex()}.part")
    # Here and now: a thread would go on opening it after a cancellation, for nobody to remove.
    file = part.open("xb")
    try:
        with file:
            await chunks.write_to(file)
        await to_thread.run_sync(partial(os.replace, part, path))
    except BaseException:
        part.unlink(missing_ok=True)
        raise

"""
Custom objects: records of the application's own classes.

https://developers.connectycube.com/server/custom_objects
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

import attrs

from connectycube._batch_delete import MAX_BATCH, delete_all
from connectycube._caller import Caller
from connectycube.bodies.records import (
    Parent,
    RecordLike,
    Update,
    Values,
    new_record,
    record_id,
    update,
)
from connectycube.codec import dump
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.errors import (
    ConnectyCubeError,
    DecodeError,
    InvalidInputError,
    InvalidQueryError,
    NotFoundError,
)
from connectycube.fields import UNSET
from connectycube.models.deleted import Deleted
from connectycube.models.page import Page
from connectycube.models.record import Batch, Permissions, Record, Records
from connectycube.own_class import fitted
from connectycube.pager import Pager
from connectycube.searches.records import (
    LAST,
    Calculation,
    Filters,
    RecordQuery,
    calculation,
    narrowed,
    page_options,
    record_query,
)

F = TypeVar("F")
K = TypeVar("K", int, str)
T = TypeVar("T")
Members = dict[str, Any]

CREATE: Final = Endpoint(
    "POST", "/data/{class_name}", Record[Members], needs=Needs.USER, retry=Retry.NEVER
)
CREATE_MANY: Final = Endpoint(
    "POST", "/data/{class_name}/multi", Records, needs=Needs.USER, retry=Retry.NEVER
)
FIND: Final = Endpoint("GET", "/data/{class_name}", Page[Record[Members]], needs=Needs.USER)
COUNT: Final = Endpoint("GET", "/data/{class_name}", int, envelope="items.count", needs=Needs.USER)
AGGREGATE: Final = Endpoint(
    "GET", "/data/{class_name}", list[Members], envelope="items", needs=Needs.USER
)
GET: Final = Endpoint("GET", "/data/{class_name}/{record_ids}", Records, needs=Needs.USER)
GET_PERMISSIONS: Final = Endpoint(
    "GET", "/data/{class_name}/{record_id}", Permissions, envelope="permissions", needs=Needs.USER
)
UPDATE: Final = Endpoint("PUT", "/data/{class_name}/{record_id}", Record[Members], needs=Needs.USER)
UPDATE_MANY: Final = Endpoint("PUT", "/data/{class_name}/multi", Records, needs=Needs.USER)
UPDATE_WHERE: Final = Endpoint("PUT", "/data/{class_name}/by_criteria", Records, needs=Needs.USER)
# With a change that would do something else when done twice.
UPDATE_ONCE: Final = attrs.evolve(UPDATE, retry=Retry.NEVER)
UPDATE_MANY_ONCE: Final = attrs.evolve(UPDATE_MANY, retry=Retry.NEVER)
UPDATE_WHERE_ONCE: Final = attrs.evolve(UPDATE_WHERE, retry=Retry.NEVER)
DELETE: Final = Endpoint("DELETE", "/data/{class_name}/{record_ids}", Deleted, needs=Needs.USER)
DELETE_WHERE: Final = Endpoint(
    "DELETE", "/data/{class_name}/by_criteria", int, envelope="total_deleted", needs=Needs.USER
)

_DONE: Final = {"POST": "was made all the same", "PUT": "was changed all the same"}


@attrs.frozen
class Data(Generic[F]):
    """
    Everything about records; `ConnectyCube.data` is one.

    Classes and their fields are made in the administration panel. A record's fields go in as a
    mapping or as a value of any attrs class, and come out as a dict, or by `of` as such a value:

        movies = cube.data.of(Movie)
        record = await movies.create("Movie", Movie(title="Solaris", year=1972))
        record.fields.title, record.id

    Every mapping has the wire's names: `_id`, `_parent_id`, `user_id`, `created_at`, `updated_at`
    beside the application's own fields. Where a record is wanted, its id serves as well.

    All calls need a session with a user. Each raises `ForbiddenError` where the permissions of
    class or record forbid it, or there is no such class; `DecodeError` where a record does not fit
    the class that `of` was given. What was made or changed by then stays so: a note tells the id.
    """

    _caller: Caller
    _kind: Any = Members

    def of(self, kind: type[T], /) -> "Data[T]":
        """
        Return the same, with the fields of each record as a value of an attrs class.

        Raises:
            InvalidInputError: it is no attrs class.
        """
        if not attrs.has(kind):
            raise InvalidInputError("records come out as dicts, or as values of an attrs class")
        return Data(self._caller, kind)

    async def create(
        self,
        class_name: str,
        values: Values,
        /,
        *,
        parent: Parent = UNSET,
        permissions: Permissions | None = None,
    ) -> Record[F]:
        """
        Create a record, owned by the session's user.

        Never repeated by itself; cancelled in flight, its effect is unknown.

        Args:
            parent: a record of another class that this one belongs to, and is deleted with.
            permissions: by default everybody reads it, and its owner updates and deletes it.

        Raises:
            InvalidInputError: values that cannot be sent.
            ForbiddenError: the class does not let this user, or there is no such class.
            ValidationError: a value does not suit its field.
            DecodeError: the record was made, but does not fit the class that `of` was given; a note
                tells its id.

        https://developers.connectycube.com/server/custom_objects#create-a-new-record
        """
        body = new_record(values, parent=parent, permissions=permissions)
        path = {"class_name": class_name}
        return self._own(await self._caller.call(CREATE, path=path, body=body), CREATE)

    async def create_many(
        self, class_name: str, many: Iterable[Values], /, *, permissions: Permissions | None = None
    ) -> Batch[F]:
        """
        Create records, a hundred with each request, and return what became of them.

        When the first request fails, its error is raised. When a later one does, the result says
        so: which records were made, which perhaps, and which were not tried. Each request has the
        client's `timeout`. Never repeated by itself; cancelled in flight, its effect is unknown,
        and that of the requests before is not told either.

        Raises:
            InvalidInputError: values that cannot be sent; nothing was sent then.
            ForbiddenError: the class does not let this user, or there is no such class.
            ValidationError: a value does not suit its field.

        https://developers.connectycube.com/server/custom_objects#create-multi-records
        """
        if not isinstance(many, Iterable):
            raise InvalidInputError("this takes a list of records' fields")
        bodies = dict(enumerate(new_record(one, permissions=permissions) for one in many))
        return await self._in_parts(CREATE_MANY, class_name, bodies, first=0)

    async def find(
        self,
        class_name: str,
        filters: Filters | None = None,
        /,
        *,
        sort: str | None = None,
        limit: int | None = None,
        skip: int = 0,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> Page[Record[F]]:
        """
        Return a page of the records that fit, of all filters together; of those that one may read.

        The service does not tell how many there are in all: see `count`.

        Args:
            filters: by field, a value or operators of `connectycube.where`: comparisons for numbers
                and dates, `contains` for texts, `all_` for lists, `near` for places, `in_`,
                `not_in` and `any_of` with at most a hundred values.
            sort: a field, with `-` before it for the highest first; `_id` orders by time.
            limit: records on the page, 1 to 100; 100 by default; -1 for the last record alone.
            skip: records to skip.
            include: the only fields to return.
            exclude: fields not to return.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.
            ForbiddenError: there is no such class, or it may not be read.

        https://developers.connectycube.com/server/custom_objects#options-to-apply
        """
        query = record_query(filters)
        options = page_options(sort=sort, limit=limit, skip=skip, include=include, exclude=exclude)
        return await self._page(class_name, query, options)

    def iterate(
        self,
        class_name: str,
        filters: Filters | None = None,
        /,
        *,
        sort: str | None = "_id",
        limit: int | None = None,
        skip: int = 0,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> Pager[Record[F]]:
        """
        Iterate over all records that fit, each once, fetching a page when one is used up.

        Args:
            sort: by default the id, which never changes: while records come and go, none that stays
                is missed. By something that changes, one may be.
            limit: records on each page, 1 to 100.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/custom_objects#options-to-apply
        """
        if limit == LAST:
            raise InvalidQueryError("the last record is no page to go on from")
        query = record_query(filters)
        options = page_options(sort=sort, limit=limit, skip=skip, include=include, exclude=exclude)

        async def fetch(offset: int) -> Page[Record[F]]:
            return await self._page(class_name, query, {**options, "skip": offset or None})

        return Pager([fetch], key=lambda record: record.id, offset=skip)

    async def count(self, class_name: str, filters: Filters | None = None, /) -> int:
        """
        Return how many records fit; filters and errors as for `find`.

        https://developers.connectycube.com/server/custom_objects#options-to-apply
        """
        query = record_query(filters)
        if query.asks_for_nothing:
            return 0
        asked = {**query.query(), "count": True}
        return await self._caller.call(COUNT, path={"class_name": class_name}, query=asked)

    async def aggregate(
        self,
        class_name: str,
        filters: Filters | None = None,
        /,
        *,
        calculate: Calculation,
        field: str,
        group_by: str,
    ) -> list[dict[str, Any]]:
        """
        Calculate over one field of the records that fit, for each value of another field.

        Returns what the service answers, whose form its documentation does not tell: for each group
        its value, and the result as `calc_<field>`.

        Args:
            calculate: `avg`, `min`, `max` or `sum`.
            field: the field to calculate over, of numbers.
            group_by: the field whose values make the groups.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/custom_objects#options-to-apply
        """
        query = record_query(filters)
        asked = calculation(query, calculate, field, group_by)
        if query.asks_for_nothing:
            return []
        return await self._caller.call(AGGREGATE, path={"class_name": class_name}, query=asked)

    async def get(self, class_name: str, record: RecordLike, /) -> Record[F]:
        """
        Return the record with this id.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is no such record.
            ForbiddenError: one may not read it.

        https://developers.connectycube.com/server/custom_objects
        """
        found = await self.get_many(class_name, [record])
        if not found:
            raise NotFoundError(label=GET.label, messages=["The resource wasn't found"])
        return found[0]

    async def get_many(self, class_name: str, records: Iterable[RecordLike], /) -> list[Record[F]]:
        """
        Return the records with these ids, a hundred with each request; without those not there.

        Raises:
            InvalidInputError: one of them is no id.
            ForbiddenError: one may not read them.

        https://developers.connectycube.com/server/custom_objects
        """
        ids = _ids(records)
        found: list[Record[F]] = []
        for start in range(0, len(ids), MAX_BATCH):
            path = {"class_name": class_name, "record_ids": ids[start : start + MAX_BATCH]}
            answer = await self._caller.call(GET, path=path)
            found += [self._own(record, GET) for record in answer.items]
        return found

    async def get_permissions(self, class_name: str, record: RecordLike, /) -> Permissions:
        """
        Return who may do what with a record of one's own.

        Raises:
            InvalidInputError: it is no id.
            ForbiddenError: it is somebody else's.
            NotFoundError: there is no such record.

        https://developers.connectycube.com/server/custom_objects#record-with-permissions
        """
        path = {"class_name": class_name, "record_id": record_id(record)}
        return await self._caller.call(GET_PERMISSIONS, path=path, query={"permissions": True})

    async def update(
        self,
        class_name: str,
        record: RecordLike,
        values: Values | None = None,
        /,
        *,
        parent: Parent = UNSET,
        permissions: Permissions | None = None,
    ) -> Record[F]:
        """
        Change a record, and return it as it is then.

        Not repeated by itself where `change.inc`, `change.push` or `change.pop` take part.
        Cancelled in flight, its effect is unknown.

        Args:
            values: by field, a new value, `None` to clear it, or one of `connectycube.change`; what
                is left out stays. A value of an attrs class sets all of its fields.
            parent: another record to belong to; `None` for none.

        Raises:
            InvalidInputError: there is nothing to change, or values that cannot be sent.
            ForbiddenError: one may not change it.
            NotFoundError: there is no such record.
            ValidationError: a value does not suit its field.

        https://developers.connectycube.com/server/custom_objects
        """
        changed = update({} if values is None else values, parent=parent, permissions=permissions)
        endpoint = UPDATE if changed.repeatable else UPDATE_ONCE
        path = {"class_name": class_name, "record_id": record_id(record)}
        told = await self._caller.call(endpoint, path=path, body=changed.members)
        return self._own(told, endpoint)

    async def update_many(self, class_name: str, changes: Mapping[str, Values], /) -> Batch[F]:
        """
        Change records, each in its way, a hundred with each request; say what became of them.

        When the first request fails, its error is raised. When a later one does, the result says
        so, as for `create_many`. Repeats and cancellation as for `update`.

        Args:
            changes: by the record's id, what `update` takes.

        Raises:
            InvalidInputError: values that cannot be sent; nothing was sent then.

        https://developers.connectycube.com/server/custom_objects
        """
        if not isinstance(changes, Mapping):
            raise InvalidInputError("changes are a mapping of ids to values")
        updates: dict[str, Update] = {record_id(one): update(to) for one, to in changes.items()}
        bodies = {one: {"id": one, **changed.members} for one, changed in updates.items()}
        repeatable = all(changed.repeatable for changed in updates.values())
        endpoint = UPDATE_MANY if repeatable else UPDATE_MANY_ONCE
        return await self._in_parts(endpoint, class_name, bodies, first=1)

    async def update_where(
        self, class_name: str, filters: Filters, values: Values, /
    ) -> Page[Record[F]]:
        """
        Change all records that fit and that one may change, in the same way.

        Returns a page of them as they are then; `total_entries` says how many there are. Repeats
        and cancellation as for `update`.

        Args:
            filters: as for `find`, but for `where.near`; at least one.

        Raises:
            InvalidQueryError: the service's rules forbid it, or every record would fit.
            InvalidInputError: there is nothing to change, or values that cannot be sent.

        https://developers.connectycube.com/server/custom_objects#update-records-by-criteria
        """
        query, changed = narrowed(filters), update(values)
        criteria = query.criteria()
        if query.asks_for_nothing:
            return Page(items=[], total_entries=0)
        endpoint = UPDATE_WHERE if changed.repeatable else UPDATE_WHERE_ONCE
        told = await self._caller.call(
            endpoint,
            path={"class_name": class_name},
            body={"search_criteria": criteria, **changed.members},
        )
        return Page(
            items=[self._own(record, endpoint) for record in told.items],
            total_entries=told.total_found,
            skip=told.skip,
            limit=told.limit,
        )

    async def delete(self, class_name: str, record: RecordLike, /, *more: RecordLike) -> Deleted:
        """
        Delete records, with all that belong to them, and return what became of each.

        A hundred go with each request; where one fails, its error carries a note of how many ids
        were dealt with before. Repeated after a lost answer, it tells of what it had deleted as not
        found. Cancelled in flight, its effect is unknown.

        Raises:
            InvalidInputError: one of them is no id.
            NotFoundError: the only one is not there. Of several, this is told of each instead.
            ForbiddenError: the only one is not one's own to delete.

        https://developers.connectycube.com/server/custom_objects
        """
        ids = _ids([record, *more])
        return await delete_all(self._caller, DELETE, "record_ids", ids, class_name=class_name)

    async def delete_where(self, class_name: str, filters: Filters, /) -> int:
        """
        Delete all records that fit and that one may delete, and return how many there were.

        Cancelled in flight, its effect is unknown; repeated after a lost answer, it counts what
        the repeat deleted.

        Args:
            filters: as for `find`, but for `where.near`; at least one.

        Raises:
            InvalidQueryError: the service's rules forbid it, or every record would fit.

        https://developers.connectycube.com/server/custom_objects
        """
        query = narrowed(filters)
        query.criteria()
        if query.asks_for_nothing:
            return 0
        path = {"class_name": class_name}
        return await self._caller.call(DELETE_WHERE, path=path, query=query.query())

    async def _page(
        self, class_name: str, query: RecordQuery, options: Mapping[str, Any]
    ) -> Page[Record[F]]:
        if query.asks_for_nothing:
            return Page(items=[], skip=options["skip"] or 0, limit=options["limit"])
        path = {"class_name": class_name}
        page = await self._caller.call(FIND, path=path, query={**query.query(), **options})
        return Page(
            items=[self._own(record, FIND) for record in page.items],
            total_entries=page.total_entries,
            skip=page.skip,
            limit=page.limit,
        )

    async def _in_parts(
        self, endpoint: Endpoint[Records], class_name: str, bodies: Mapping[K, Any], *, first: int
    ) -> Batch[F]:
        """Send bodies by their keys, numbered from `first` in each part."""
        for body in bodies.values():
            dump(endpoint, body)  # what cannot be sent is refused before anything is
        batch = Batch[F]()
        keys = list(bodies)
        for start in range(0, len(keys), MAX_BATCH):
            part = keys[start : start + MAX_BATCH]
            record = {str(number): bodies[key] for number, key in enumerate(part, first)}
            try:
                answer = await self._caller.call(
                    endpoint, path={"class_name": class_name}, body={"record": record}
                )
                items = [self._own(one, endpoint) for one in answer.items]
            except ConnectyCubeError as error:
                if start == 0:
                    raise
                untried = keys[start + MAX_BATCH :]
                return attrs.evolve(batch, failed=part, untried=untried, error=error)
            batch = attrs.evolve(
                batch, items=batch.items + items, not_found=batch.not_found + answer.not_found
            )
        return batch

    def _own(self, record: Record[Members], endpoint: Endpoint[Any]) -> Record[Any]:
        if self._kind is Members:
            return record
        try:
            fields = fitted(self._kind, record.fields, endpoint.label)
        except DecodeError as error:
            error.add_note(f"the record {record.id} {_DONE.get(endpoint.method, 'is there')}")
            raise
        return attrs.evolve(record, fields=fields)


def _ids(records: Iterable[RecordLike]) -> list[str]:
    if isinstance(records, str) or not isinstance(records, Iterable):
        raise InvalidInputError("this takes a list of ids")
    return list(dict.fromkeys(record_id(record) for record in records))

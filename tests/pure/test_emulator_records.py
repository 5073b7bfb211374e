"""Custom objects of the emulator: creating, getting, deleting, and who may."""

from typing import Any

import pytest

from connectycube.emulator.custom_objects import CustomRecord

from .emulator_line import NOW, Line

FIELDS = {
    "boat": "String",
    "length": "Integer",
    "draught": "Float",
    "sails": "Boolean",
    "ports": "Array",
    "berth": "Location",
    "launched": "Date",
    "drawing": "File",
}
UNDEFINED = {"errors": ["Undefined class"]}
FORBIDDEN = {
    "errors": {"base": ["You don't have appropriate permissions to perform this operation"]}
}
NOT_FOUND = {"errors": ["The resource wasn't found"]}
NOBODY = "6666e001a4b35e0017f0d001"
HIDDEN = {"read": {"access": "owner"}}


@pytest.fixture
def line() -> Line:
    line = Line()
    line.world.add_class("Voyage", fields=FIELDS)
    return line


def a_boat(line: Line, **permissions: Any) -> CustomRecord:
    fields = {"boat": "Kittiwake", "length": 9}
    return line.world.add_record(
        "Voyage", fields, user_id=line.mara.id, permissions=permissions or None
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/data/Nothing"),
        ("POST", "/data/Nothing/multi"),
        ("GET", "/data/Nothing"),
        ("GET", f"/data/Nothing/{NOBODY}"),
        ("PUT", f"/data/Nothing/{NOBODY}"),
        ("PUT", "/data/Nothing/multi"),
        ("PUT", "/data/Nothing/by_criteria"),
        ("DELETE", f"/data/Nothing/{NOBODY}"),
        ("DELETE", "/data/Nothing/by_criteria"),
        ("GET", "/data/voyage"),
    ],
)
def test_class_must_be_defined(line: Line, method: str, path: str) -> None:
    """Every operation refuses a class that nobody has defined; the status is a switch."""
    assert (403, UNDEFINED) == line.send(method, path, {})
    line.service.settings.undefined_class_status = 404
    assert (404, UNDEFINED) == line.send(method, path, {})


def test_records_are_for_users(line: Line) -> None:
    """A session without a user may not even read."""
    status, answer = line.send("GET", "/data/Voyage", by="app")

    assert (403, {"errors": {"base": ["Forbidden. Need user."]}}) == (status, answer)


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("length", "41", 41),
        ("length", 41.0, 41),
        ("length", 9007199254740993, 9007199254740993),
        ("draught", "1.5", 1.5),
        ("draught", 2, 2.0),
        ("boat", 12, "12"),
        ("boat", True, "true"),
        ("boat", "null", "null"),
        ("boat", "", ""),
        ("sails", "false", False),
        ("sails", 1, True),
        ("ports", ["Riga", 5, None], ["Riga", 5, None]),
        ("ports", "Riga, Visby", ["Riga", "Visby"]),
        ("berth", [24.1, 56.9], [24.1, 56.9]),
        ("berth", "24.1,56.9", [24.1, 56.9]),
        ("launched", "2024-06-10T12:00:00+02:00", "2024-06-10T10:00:00Z"),
        ("launched", "2024-06-10", "2024-06-10T00:00:00Z"),
        ("launched", NOW, "2024-06-10T10:00:00Z"),
        ("drawing", "anything", None),
        ("length", None, None),
    ],
)
def test_values_are_cast_to_the_type_of_their_field(
    line: Line, field: str, sent: Any, kept: Any
) -> None:
    """What can become the field's type does; a file is not written this way."""
    status, answer = line.send("POST", "/data/Voyage", {field: sent})

    assert (201, kept) == (status, answer[field])
    assert type(kept) is type(answer[field])


@pytest.mark.parametrize(
    ("field", "sent", "reason"),
    [
        ("length", "9.5", "must be an integer"),
        ("length", 9.5, "must be an integer"),
        ("length", True, "must be an integer"),
        ("length", 2**63, "must be an integer"),
        ("length", "9" * 30, "must be an integer"),
        ("length", [], "must be an integer"),
        ("draught", "deep", "must be a number"),
        ("draught", "inf", "must be a number"),
        ("boat", ["a"], "must be a string"),
        ("sails", "maybe", "must be a boolean"),
        ("ports", {"0": "Riga", "x": 1}, "has no place x"),
        ("ports", {"10000": "Riga"}, "has no place 10000"),
        ("boat", {"0": "Riga"}, "must be an array for this"),
        ("berth", [56.9, 124.1], "must be a longitude and a latitude"),
        ("berth", [1], "must be a longitude and a latitude"),
        ("launched", "soon", "must be a date"),
        ("launched", "0001-01-01T00:00:00+01:00", "must be a date"),
        ("_parent_id", "abc", "is invalid"),
    ],
)
def test_value_of_a_wrong_type_is_refused(line: Line, field: str, sent: Any, reason: str) -> None:
    """What does not fit is told by field, and nothing is kept."""
    answer = line.send("POST", "/data/Voyage", {"boat": "Petrel", field: sent})

    assert (422, {"errors": {field: [reason]}}) == answer
    assert [] == line.world.custom_objects.records("Voyage")


def test_unknown_members_are_ignored_or_refused(line: Line) -> None:
    """A member that the class does not have is ignored, and refused by a switch."""
    body = {"boat": "Petrel", "colour": "red", "user_id": 5, "_id": NOBODY, "created_at": 1}

    status, answer = line.send("POST", "/data/Voyage", body)
    line.service.settings.refuse_unknown_fields = True
    refused = line.send("POST", "/data/Voyage", body)

    assert (201, "Petrel", line.mara.id, NOW) == (
        status,
        answer["boat"],
        answer["user_id"],
        answer["created_at"],
    )
    assert {"colour", NOBODY}.isdisjoint([*answer, answer["_id"]])
    assert (422, {"errors": {"colour": ["is not a field of the class"]}}) == refused


def test_form_spells_null_as_text(line: Line) -> None:
    """In a form, the text `null` clears; brackets nest."""
    status, answer = line.send(
        "POST",
        "/data/Voyage",
        form={
            "boat": "null",
            "length": "9",
            "ports[]": "Riga",
            "permissions[read][access]": "owner",
        },
    )

    assert (201, None, 9, ["Riga"]) == (status, answer["boat"], answer["length"], answer["ports"])
    assert {"access": "owner"} == answer["permissions"]["read"]


@pytest.mark.parametrize("numbers", [("0", "1"), ("1", "2"), ("9", "10")])
def test_several_are_created_in_the_order_of_their_numbers(
    line: Line, numbers: tuple[str, str]
) -> None:
    """Numbers may begin anywhere, and 10 comes behind 9."""
    record = {numbers[1]: {"boat": "second"}, numbers[0]: {"boat": "first"}}

    status, answer = line.send("POST", "/data/Voyage/multi", {"record": record})

    assert (201, "Voyage") == (status, answer["class_name"])
    assert ["first", "second"] == [one["boat"] for one in answer["items"]]


@pytest.mark.parametrize(
    "record", [None, {}, {"x": {"boat": "a"}}, {"0": 5}, {"0": {"boat": "a"}, "1": {"length": "x"}}]
)
def test_several_are_created_together_or_not_at_all(line: Line, record: Any) -> None:
    """One that does not fit refuses them all."""
    status, _ = line.send("POST", "/data/Voyage/multi", {"record": record})

    assert 422 == status
    assert [] == line.world.custom_objects.records("Voyage")


def test_record_is_got_in_the_wrapped_form(line: Line) -> None:
    """One id is answered as several are."""
    record = a_boat(line)

    status, answer = line.send("GET", f"/data/Voyage/{record.id}", by=line.jonas)

    assert (200, "Voyage", [record.id]) == (
        status,
        answer["class_name"],
        [one["_id"] for one in answer["items"]],
    )


def test_unknown_and_hidden_records_are_left_out_of_several_and_refused_alone(line: Line) -> None:
    """A single id gets its own error."""
    shown, hidden = a_boat(line), a_boat(line, **HIDDEN)
    path = "/data/Voyage/"

    _, answer = line.send("GET", f"{path}{shown.id},{hidden.id},{NOBODY}", by=line.jonas)

    assert [shown.id] == [one["_id"] for one in answer["items"]]
    assert (403, FORBIDDEN) == line.send("GET", path + hidden.id, by=line.jonas)
    assert (404, NOT_FOUND) == line.send("GET", path + NOBODY)


def test_permissions_are_shown_to_the_owner_only(line: Line) -> None:
    """Whoever may read a record may still not see who else may."""
    record = a_boat(line)
    path = f"/data/Voyage/{record.id}"

    status, answer = line.send("GET", path, query="permissions=1")

    assert (200, record.id, {"access": "owner"}) == (
        status,
        answer["record_id"],
        answer["permissions"]["update"],
    )
    assert (403, FORBIDDEN) == line.send("GET", path, query="permissions=1", by=line.jonas)
    assert (404, NOT_FOUND) == line.send("GET", f"/data/Voyage/{NOBODY}", query="permissions=1")


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ({"access": "open"}, {"mara", "jonas", "ruta"}),
        ({"access": "owner"}, {"mara"}),
        ({"access": "open_for_groups", "groups": ["skippers", "beta"]}, {"jonas", "ruta"}),
        ({"access": "open_for_groups", "groups": "beta"}, {"ruta"}),
        ({"access": "open_for_users_ids", "ids": ["1003"]}, {"ruta"}),
        ({"access": "open_for_users_ids", "ids": [1001, 1003]}, {"mara", "ruta"}),
    ],
)
@pytest.mark.parametrize(
    ("action", "method"), [("read", "GET"), ("update", "PUT"), ("delete", "DELETE")]
)
def test_record_says_who_may(
    line: Line, rule: Any, allowed: set[str], action: str, method: str
) -> None:
    """Each action has its own rule; an owner who is not meant is refused like anybody."""
    able: set[str] = set()
    for user in line.world.users:
        record = a_boat(line, **{action: rule})
        body: Any = {} if method == "PUT" else None
        status, _ = line.send(method, f"/data/Voyage/{record.id}", body, by=user)
        able |= {str(user.login)} if status == 200 else set()

    assert allowed == able


@pytest.mark.parametrize(
    "permissions",
    [
        "owner",
        {"create": {"access": "open"}},
        {"read": "owner"},
        {"read": {"access": "friends"}},
        {"read": {"access": "not_allowed"}},
        {"read": {"access": "open_for_users_ids"}},
        {"read": {"access": "open_for_users_ids", "user_ids": ["5"]}},
        {"read": {"access": "open_for_groups", "groups": []}},
    ],
)
def test_unfit_permissions_are_refused(line: Line, permissions: Any) -> None:
    """The names are the documentation's; `not_allowed` is for classes."""
    status, answer = line.send("POST", "/data/Voyage", {"permissions": permissions})

    assert (422, ["permissions"]) == (status, list(answer["errors"]))


def test_class_says_who_may_create(line: Line) -> None:
    """The rule for creating is always the class's."""
    rule = {"create": {"access": "open_for_groups", "groups": ["skippers"]}}
    line.world.add_class("Log", fields={"text": "String"}, permissions=rule)

    assert 201 == line.send("POST", "/data/Log", {"text": "a"}, by=line.jonas)[0]
    assert (403, FORBIDDEN) == line.send("POST", "/data/Log", {"text": "a"})
    assert (403, FORBIDDEN) == line.send("POST", "/data/Log/multi", {"record": {"0": {}}})


@pytest.mark.parametrize(("overrides", "status"), [(True, 403), (False, 200)])
def test_class_overrides_the_rules_of_records_by_its_switch(
    *, line: Line, overrides: bool, status: int
) -> None:
    """Only with the switch on do the class's other rules count."""
    line.world.add_class(
        "Log",
        fields={},
        permissions={"read": {"access": "not_allowed"}},
        overrides_records=overrides,
    )
    record = line.world.add_record("Log", {}, user_id=line.mara.id)

    assert status == line.send("GET", f"/data/Log/{record.id}")[0]


def test_deleting_one_answers_with_nothing(line: Line) -> None:
    """A single id is refused where it is unknown; a list of ids tells each outcome."""
    record, foreign = a_boat(line), a_boat(line)
    foreign.owner_id = line.jonas.id

    assert (200, None) == line.send("DELETE", f"/data/Voyage/{record.id}")
    assert (404, NOT_FOUND) == line.send("DELETE", f"/data/Voyage/{record.id}")
    assert (403, FORBIDDEN) == line.send("DELETE", f"/data/Voyage/{foreign.id}")


@pytest.mark.parametrize("joint", [",", "%2C", ", "])
def test_deleting_several_tells_each_outcome(line: Line, joint: str) -> None:
    """What is unknown or foreign does not fail the rest; naming one twice changes nothing."""
    record, foreign = a_boat(line), a_boat(line)
    foreign.owner_id = line.jonas.id
    ids = joint.join([record.id, foreign.id, NOBODY, record.id])

    _, answer = line.send("DELETE", f"/data/Voyage/{ids}.json")

    assert {
        "SuccessfullyDeleted": {"ids": [record.id]},
        "NotFound": {"ids": [NOBODY]},
        "WrongPermissions": {"ids": [foreign.id]},
    } == answer


def test_children_go_with_their_parent(line: Line) -> None:
    """Deleting reaches children of any class and their children, whoever owns them."""
    line.world.add_class("Leg", fields={})
    parent = a_boat(line)
    child = line.world.add_record("Leg", {}, user_id=line.jonas.id, parent_id=parent.id)
    line.world.add_record("Leg", {}, user_id=line.jonas.id, parent_id=child.id)
    other = line.world.add_record("Leg", {}, user_id=line.jonas.id)

    line.send("DELETE", f"/data/Voyage/{parent.id}")

    assert [other] == line.world.custom_objects.records("Leg")


@pytest.mark.parametrize("by_form", [True, False])
def test_criteria_delete_what_the_caller_may(*, line: Line, by_form: bool) -> None:
    """Criteria come in the query or in a form; foreign records stay."""
    a_boat(line)
    foreign = a_boat(line)
    foreign.owner_id = line.jonas.id
    path = "/data/Voyage/by_criteria"

    answer = (
        line.send("DELETE", path, form={"length[gte]": "9"})
        if by_form
        else line.send("DELETE", path, query="length[gte]=9")
    )

    assert (200, {"total_deleted": 1}) == answer
    assert [foreign] == line.world.custom_objects.records("Voyage")


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "search_criteria"), ("limit=5", "search_criteria"), ("lenght=9", "lenght")],
)
def test_criteria_that_mean_everything_are_refused(line: Line, query: str, field: str) -> None:
    """Neither forgotten nor misspelled criteria delete the class."""
    record = a_boat(line)

    status, answer = line.send("DELETE", "/data/Voyage/by_criteria", query=query)

    assert (422, [field]) == (status, list(answer["errors"]))
    assert [record] == line.world.custom_objects.records("Voyage")


def test_children_that_are_meant_themselves_are_deleted_once(line: Line) -> None:
    """Criteria may mean a parent and, behind it, its child."""
    parent = a_boat(line)
    line.world.add_record("Voyage", {"length": 9}, user_id=line.mara.id, parent_id=parent.id)

    answer = line.send("DELETE", "/data/Voyage/by_criteria", query="length=9")

    assert (200, {"total_deleted": 2}) == answer
    assert [] == line.world.custom_objects.records("Voyage")


def test_class_is_defined_by_plain_values(line: Line) -> None:
    """Names and texts say everything, so a document can."""
    plain: dict[str, Any] = {
        "name": "Log",
        "fields": {"text": "String"},
        "permissions": {"create": {"access": "not_allowed"}},
        "overrides_records": True,
    }
    line.world.add_class(**plain)
    record: dict[str, Any] = {"class_name": "Log", "fields": {"text": "a"}, "user_id": 1001}
    line.world.add_record(**record)

    assert (403, FORBIDDEN) == line.send("POST", "/data/Log", {"text": "b"})
    assert (200, {"items": {"count": 1}}) == line.send("GET", "/data/Log", query="count=1")


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        ({"fields": {"a": "Text"}}, "Log.a must be one of"),
        ({"fields": {"user_id": "Integer"}}, "Log.user_id is what every record has"),
        ({"fields": {}, "permissions": {"read": {"access": "x"}}}, "permissions access must be"),
    ],
)
def test_unfit_class_is_a_value_error(line: Line, plain: Any, reason: str) -> None:
    """A class is defined by plain values, and told what is wrong with them."""
    with pytest.raises(ValueError, match=reason):
        line.world.add_class("Log", **plain)


def test_class_is_defined_once(line: Line) -> None:
    """A second class of the name is refused, and a reset forgets the first."""
    with pytest.raises(ValueError, match="there is a class Voyage already"):
        line.world.add_class("Voyage", fields={})
    line.world.reset()

    assert [] == line.world.custom_objects.classes


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("Voyage", {"length": "long"}, "length must be an integer"),
        ("Voyage", {"colour": "red"}, "colour is not a field of the class"),
        ("Nothing", {}, "there is no class Nothing"),
    ],
)
def test_unfit_record_is_a_value_error(line: Line, name: str, fields: Any, reason: str) -> None:
    """Records from Python follow the rules of the class, and misspelled fields are told."""
    with pytest.raises(ValueError, match=reason):
        line.world.add_record(name, fields, user_id=line.mara.id)

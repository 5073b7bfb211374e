"""The emulator answers the recorded requests as the service did."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.identity import IdentityProvider
from connectycube.emulator.messages import WireRequest, WireResponse
from connectycube.emulator.service import Service

WIRE = Path(__file__).parent.parent / "wire"
RECORDED_TOKEN = "9B41C7D2E0A8F36455120CDE7788AB019F3D"
RECORDED_UID = "D41C2F0B9A7E4C63B1F05E8A7D2C4B60E100"
Arrange = Callable[[Service], None]


def nothing(_service: Service) -> None:
    pass


def switch(**members: Any) -> Arrange:
    def arrange(service: Service) -> None:
        for name, value in members.items():
            setattr(service.settings, name, value)

    return arrange


def fault(status: int) -> Arrange:
    def arrange(service: Service) -> None:
        service.faults.status(status)

    return arrange


def tomas_exists(service: Service) -> None:
    service.world.add_user(email="tomas@example.org", password="long-enough-4")


def changed(login: str, *, v1: bool = False, **members: Any) -> Arrange:
    def arrange(service: Service) -> None:
        service.settings.v1_enabled = v1
        user = service.world.find_user(login=login)
        assert user is not None
        for name, value in members.items():
            setattr(user, name, value)

    return arrange


def backend(answer: Any, **switches: Any) -> Arrange:
    mapping = {"uid": "#{user.id}", "full_name": "#{user.name}"}
    return switch(
        identity=IdentityProvider(verify=lambda _: answer, response_mapping=mapping), **switches
    )


def vouched(provider: str, **profile: Any) -> Arrange:
    return switch(verifiers={provider: lambda _: profile})


def portrait(service: Service, **members: Any) -> None:
    mara = service.world.find_user(login="mara.k")
    assert mara is not None
    now = service.world.now()
    file = service.world.files.add(service.world.ids, mara.id, now, older=False)
    made = {"name": "portrait.png", "content_type": "image/png"}
    for name, value in {**made, **members}.items():
        setattr(file, name, value)


def complete_portrait(service: Service) -> None:
    portrait(service, size=48213, completed_at=service.world.now())


V1 = switch(v1_enabled=True)
NO_UID_IN_200 = backend({}, external_failure_in_200=True)
EMAIL_OF_JONAS = vouched("firebase_email", email="jonas@example.org")
SIMON = {"user": {"id": 2345, "name": "Simon Davies"}}

# Fixture, who calls, and what must be so before. Not here: web sessions, which are not emulated
# yet; and the slip `dowload_url`, which we do not copy.
REPLAYED: list[tuple[str, str, Arrange]] = [
    ("auth.create_session.app", "", nothing),
    ("auth.create_session.app_old", "", switch(older_objects=True, older_tokens=True)),
    ("auth.create_session.email", "", nothing),
    ("auth.create_session.error.firebase_params", "", nothing),
    ("auth.create_session.error.signature", "", nothing),
    ("auth.create_session.error.signature_base", "", switch(signature_error_shape="base")),
    ("auth.create_session.error.unauthorized_old", "", switch(older_texts=True)),
    ("auth.create_session.error.user_not_found", "", switch(create_users=False)),
    ("auth.create_session.error.wrong_password", "", nothing),
    ("auth.create_session.error.external_refused", "", backend((404, {"error": "Token invalid"}))),
    ("auth.create_session.error.external_status_200", "", NO_UID_IN_200),
    ("auth.create_session.error.external_uid_missing", "", backend({"user": {}})),
    ("auth.create_session.external", "", backend(SIMON)),
    ("auth.create_session.firebase_email", "", EMAIL_OF_JONAS),
    ("auth.create_session.firebase_phone", "", vouched("firebase_phone", phone="+37120000077")),
    ("auth.create_session.guest", "", nothing),
    ("auth.create_session", "", nothing),
    ("auth.create_session.social", "", vouched("facebook", facebook_id="77120")),
    ("auth.create_session.old_user", "", switch(older_objects=True, older_tokens=True)),
    ("auth.destroy_other_sessions.error.removed", "mara.k", nothing),
    ("auth.destroy_session", "mara.k", nothing),
    ("auth.destroy_session.space", "mara.k", switch(empty_body=" ")),
    ("auth.destroy_session_by_id", "mara.k", switch(legacy=True)),
    ("auth.get_session.error.expired", "", nothing),
    ("auth.get_session.error.no_token", "", nothing),
    ("auth.get_session", "mara.k", nothing),
    ("auth.login.error.blank_password", "app", nothing),
    ("auth.login.external", "app", backend(SIMON)),
    ("auth.login", "app", nothing),
    ("auth.logout", "mara.k", nothing),
    ("error.expired_session", "dead", nothing),
    ("error.field_map", "key", nothing),
    ("error.legacy_code_message", "dead", switch(error_shape="legacy")),
    ("error.need_user", "app", nothing),
    ("error.empty", "mara.k", fault(502)),
    ("error.server", "mara.k", fault(500)),
    ("error.string", "mara.k", fault(400)),
    ("error.too_many_requests", "mara.k", fault(429)),
    ("error.unavailable_html", "mara.k", fault(503)),
    ("storage.complete_file", "mara.k", portrait),
    ("storage.create_file.error.name", "mara.k", nothing),
    ("storage.create_file", "mara.k", nothing),
    ("storage.delete_file", "mara.k", complete_portrait),
    ("storage.download_file", "mara.k", complete_portrait),
    ("storage.get_file_info", "mara.k", complete_portrait),
    ("storage.get_file_object", "mara.k", complete_portrait),
    ("storage.list_files", "mara.k", complete_portrait),
    ("storage.update_file", "mara.k", complete_portrait),
    ("users.count_online_users", "mara.k", nothing),
    ("users.delete_user", "mara.k", nothing),
    ("users.delete_user_by_external_id", "mara.k", changed("mara.k", external_user_id=4410)),
    ("users.get_user", "mara.k", V1),
    ("users.get_user_by_email", "mara.k", V1),
    ("users.get_user_by_external_id", "mara.k", changed("jonas", v1=True, external_user_id=4410)),
    ("users.get_user_by_facebook_id.error.not_found", "mara.k", V1),
    ("users.get_user_by_facebook_id", "mara.k", V1),
    ("users.get_user_by_login", "mara.k", V1),
    ("users.get_user_by_phone", "mara.k", V1),
    ("users.get_user_by_twitter_id", "mara.k", V1),
    ("users.list_online_users", "mara.k", changed("mara.k", is_online=True)),
    ("users.list_users.empty", "mara.k", nothing),
    ("users.list_users.error.invalid_query", "mara.k", nothing),
    ("users.list_users", "mara.k", nothing),
    ("users.list_users.start_with", "mara.k", nothing),
    ("users.list_users_by_full_name", "mara.k", V1),
    ("users.list_users_by_tags", "mara.k", V1),
    ("users.list_users_v1.error.disabled", "mara.k", nothing),
    ("users.list_users_v1.error.field", "mara.k", V1),
    ("users.list_users_v1", "mara.k", V1),
    ("users.reset_password", "mara.k", nothing),
    ("users.reset_password.post", "mara.k", nothing),
    ("users.signup.error.no_identifier", "", nothing),
    ("users.signup.error.taken", "", tomas_exists),
    ("users.signup", "", nothing),
    ("users.update_user.avatar", "mara.k", nothing),
    ("users.update_user.error.foreign", "mara.k", nothing),
    ("users.update_user", "mara.k", nothing),
]


@pytest.mark.parametrize("suffix", ["", ".json"])
@pytest.mark.parametrize(("name", "caller", "arrange"), REPLAYED, ids=[row[0] for row in REPLAYED])
def test_recorded_request_gets_the_recorded_answer(
    name: str, caller: str, arrange: Arrange, suffix: str
) -> None:
    """Status, errors and the shape of bodies are as recorded, with and without the suffix."""
    recorded = json.loads((WIRE / f"{name}.json").read_text())
    service = a_service()
    arrange(service)

    response = replay(service, recorded, token_of(service, caller), suffix)

    assert recorded["status"] == response.status
    expected, actual = recorded["body"], body_of(response)
    if isinstance(expected, str) and "Route not found" in expected:
        expected += suffix
    if recorded["status"] >= 400 or ".error." in name:
        assert expected == actual
    else:
        assert shape(expected) == shape(actual)
    if "headers" in recorded:
        assert recorded["headers"].keys() <= response.headers.keys()


def test_recorded_url_of_a_file_opens_without_headers() -> None:
    """A file's own URL never has the suffix, and its token is in the query."""
    recorded = json.loads((WIRE / "storage.fetch_file.json").read_text())
    service = a_service()
    complete_portrait(service)
    token = token_of(service, "mara.k")
    recorded["request"]["query"] = f"token={token}"

    response = replay(service, recorded, "", "")

    assert (recorded["status"], recorded["body"]) == (response.status, body_of(response))
    assert "X-Amz-Signature=" in response.headers["Location"]


def a_service() -> Service:
    clock = Clock(datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC), frozen=True)
    service = Service(app_id=774, auth_key="AbCdEf123456789", clock=clock)
    add = service.world.add_user
    add(
        login="mara.k",
        password="long-enough-1",
        full_name="Mara Kessler",
        timezone=120,
        email="mara@example.org",
        phone="37120000001",
        custom_data='{"theme":"dark"}',
        tags=("team_red", "beta"),
    )
    add(
        login="jonas",
        password="long-enough-2",
        full_name="Jonas Ilves",
        email="jonas@example.org",
        avatar="6C0F4F1E2B7D4A1C9E5588B0A1D2C3E4F500",
        external_id="crm-5501",
    )
    add(
        login="ruta",
        password="long-enough-3",
        full_name="Ruta Ozola",
        email="ruta@example.org",
        external_user_id=4410 + 1,
    )
    add(login="fb_77120", full_name="Ilze", facebook_id="77120")
    add(login="tw_551", full_name="Arvo P.", twitter_id="551")
    for user in service.world.users:
        user.last_request_at = service.clock.now()
    return service


def token_of(service: Service, caller: str) -> str:
    if caller in ("", "key", "dead"):
        return caller
    user = None if caller == "app" else service.world.find_user(login=caller)
    return service.world.open_session(user, ts=0).token


def replay(service: Service, recorded: Any, token: str, suffix: str) -> WireResponse:
    request = recorded["request"]
    headers = dict(request.get("headers", {}))
    if headers.get("CB-Token") == RECORDED_TOKEN or token == "dead":
        headers["CB-Token"] = token
    elif token == "key":
        headers["CB-AuthKey"] = "AbCdEf123456789"
    elif token:
        headers["CB-Token"] = token
    body = dict(request["json"]) if "json" in request else None
    if body is not None:
        headers["Content-Type"] = "application/json"
        if recorded["status"] == 201:
            body.pop("signature", None)  # recorded signatures are made up
    outcome = service.receive(
        WireRequest(
            request["method"],
            with_our_ids(service, request["path"]) + suffix,
            with_our_ids(service, request.get("query", "")),
            headers,
            b"" if body is None else json.dumps(body).encode(),
        )
    )
    assert outcome.response is not None
    return outcome.response


def with_our_ids(service: Service, text: str) -> str:
    for file in service.world.files:
        text = text.replace("510077", str(file.id)).replace(RECORDED_UID, file.uid)
    for recorded, login in (("90211", "mara.k"), ("90244", "jonas")):
        user = service.world.find_user(login=login)
        text = text.replace(recorded, str(user.id)) if user else text
    return text


def body_of(response: WireResponse) -> Any:
    if "json" in response.headers.get("Content-Type", ""):
        return json.loads(response.body)
    return response.body.decode() or None


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: shape(inner) for name, inner in members.items() if name != "last_request_at"}
    if isinstance(value, list):
        values: list[Any] = value
        return [shape(inner) for inner in values]
    # An empty or missing value is part of the shape: a guest's phone is "", others' is null.
    return value if value in ("", " ", None) else type(value).__name__

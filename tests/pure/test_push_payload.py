"""What a push carries, under the keys that serve every platform."""

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube import InvalidInputError
from connectycube.bodies.push import LocalizedPush, PushPayload, encode_push_payload


@pytest.mark.parametrize(
    ("payload", "members"),
    [
        (PushPayload("Cast off"), {"message": "Cast off"}),
        (PushPayload(custom={"a": None}), {"a": None}),
        (
            PushPayload(
                "Cast off",
                ios_badge=0,
                ios_sound="horn.caf",
                ios_category="sail",
                ios_thread_id="7",
                ios_content_available=True,
                ios_mutable_content=True,
                ios_voip=True,
                ios_push_type="background",
                ios_localized=LocalizedPush(title_key="T", body_key="B", body_args=["10"]),
                expiration=datetime(2024, 6, 10, 12, tzinfo=UTC),
                android_notification={"title": "Sail"},
                custom={"dialog_id": "7"},
            ),
            {
                "message": "Cast off",
                "ios_badge": 0,
                "ios_sound": "horn.caf",
                "ios_category": "sail",
                "ios_thread_id": "7",
                "ios_content_available": 1,
                "ios_mutable_content": 1,
                "ios_voip": 1,
                "ios_push_type": "background",
                "ios_loc_data": {
                    "title_loc_key": "T",
                    "body_loc_key": "B",
                    "body_loc_args": ["10"],
                },
                "expiration": 1718020800,
                "android_fcm_notification": {"title": "Sail"},
                "dialog_id": "7",
            },
        ),
    ],
)
def test_a_payload_has_the_keys_of_the_service(
    payload: PushPayload, members: dict[str, Any]
) -> None:
    """What was not given is left out."""
    assert members == payload.members()


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"message": "x"}, "eyJtZXNzYWdlIjoieCJ9"),
        (PushPayload("x"), "eyJtZXNzYWdlIjoieCJ9"),
        (
            PushPayload("Cast off in 10 minutes"),
            "eyJtZXNzYWdlIjoiQ2FzdCBvZmYgaW4gMTAgbWludXRlcyJ9",
        ),
    ],
)
def test_a_payload_is_spelled_as_recorded(payload: Any, text: str) -> None:
    """Compact JSON in the usual Base64."""
    assert text == encode_push_payload(payload)


def test_other_scripts_go_as_utf_8() -> None:
    assert (
        '{"message":"Привіт 🎉"}'
        == b64decode(encode_push_payload(PushPayload("Привіт 🎉"))).decode()
    )


def test_an_object_of_ones_own_may_be_empty() -> None:
    """As the official SDK sends it."""
    assert "e30=" == encode_push_payload({})


@pytest.mark.parametrize(
    "payload",
    [
        PushPayload(),
        PushPayload("a", custom={"message": "b"}),
        PushPayload("a", custom={"ios_voip": 1}),
        PushPayload("a", expiration=datetime(2024, 6, 10, 12)),  # noqa: DTZ001 - the subject
        {"a": {1, 2}},
    ],
    ids=str,
)
def test_what_cannot_be_carried_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidInputError):
        encode_push_payload(payload)

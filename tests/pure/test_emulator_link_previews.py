"""Previews of links: C26."""

import json
from typing import Any

import pytest

from connectycube.emulator.messages import WireRequest
from connectycube.emulator.service import Service

UNKNOWN = "https://sea.example/notes?page=2"


def preview(service: Service, body: Any, path: str = "/unfurl") -> tuple[int, Any]:
    request = WireRequest("POST", path, body=json.dumps(body).encode())
    response = service.receive(request).response
    assert response is not None
    is_json = "json" in response.headers["Content-Type"]
    return response.status, json.loads(response.body) if is_json else response.body.decode()


@pytest.fixture
def service() -> Service:
    return Service()


def test_unknown_page_is_called_after_its_host(service: Service) -> None:
    """Nothing is fetched: a page that nobody described has its host as title."""
    shown = {"url": UNKNOWN, "title": "sea.example", "description": "", "images": []}

    assert (200, shown) == preview(service, {"url": UNKNOWN})


def test_known_page_is_shown_as_it_was_described(service: Service) -> None:
    """A test says what is behind a URL; a later word replaces an earlier one."""
    service.world.link_pages.add(UNKNOWN, title="Old")
    images = ["https://sea.example/1.png", "https://sea.example/2.png"]
    service.world.link_pages.add(UNKNOWN, title="Sea", description="Waves", images=images)

    assert (
        200,
        {"url": UNKNOWN, "title": "Sea", "description": "Waves", "images": images},
    ) == preview(service, {"url": UNKNOWN})


def test_reset_forgets_pages(service: Service) -> None:
    """After a reset nothing is described any more."""
    service.world.link_pages.add(UNKNOWN, title="Sea")
    service.reset()

    assert "sea.example" == preview(service, {"url": UNKNOWN})[1]["title"]


@pytest.mark.parametrize(
    "url", [None, "", "sea.example", "ftp://sea.example", "http://", "http://["]
)
def test_what_is_no_web_address_is_refused(service: Service, url: Any) -> None:
    """Only URLs of the web have a preview."""
    assert (422, {"errors": {"url": ["is invalid"]}}) == preview(service, {"url": url})


def test_path_never_has_the_suffix(service: Service) -> None:
    """The preview host knows the bare path alone."""
    status, text = preview(service, {"url": UNKNOWN}, "/unfurl.json")

    assert 404 == status
    assert text.startswith("E_ROUTE_NOT_FOUND")

"""
The calls that make, tell and end a session.

https://developers.connectycube.com/server/auth
"""

from types import NoneType
from typing import Final

from connectycube.endpoint import Endpoint, Needs
from connectycube.models.user import User
from connectycube.session import Session

CREATE_SESSION: Final = Endpoint(
    "POST", "/session", Session, envelope="session", needs=Needs.APP_KEYS, authenticating=True
)
GET_SESSION: Final = Endpoint("GET", "/session", Session, envelope="session")
DESTROY_SESSION: Final = Endpoint("DELETE", "/session", NoneType)
LOGIN: Final = Endpoint("POST", "/login", User, envelope="user", authenticating=True)
LOGOUT: Final = Endpoint("DELETE", "/login", NoneType, needs=Needs.USER)

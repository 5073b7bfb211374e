"""What the service's things are in Python: frozen values."""

from connectycube.models.page import Page
from connectycube.models.user import User

__all__ = ["Page", "User"]

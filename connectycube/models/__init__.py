"""What the service's things are in Python: frozen values."""

from connectycube.models.blob import Blob, BlobAccess, Progress
from connectycube.models.page import Page
from connectycube.models.user import User

__all__ = ["Blob", "BlobAccess", "Page", "Progress", "User"]

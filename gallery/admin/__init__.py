"""The admin of the gallery. Django imports this package, which registers what its modules define."""

from gallery.admin import images as images
from gallery.admin import operations as operations

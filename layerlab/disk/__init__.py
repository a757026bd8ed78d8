"""Real files: images in OCI layouts and `docker save` archives, read and written."""

from layerlab.disk.read import open_image
from layerlab.disk.save import save_image

__all__ = ["open_image", "save_image"]

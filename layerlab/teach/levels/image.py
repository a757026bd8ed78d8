"""The small image that the exercises stand on: three layers of a web site, named as its Dockerfile would."""

from __future__ import annotations

from layerlab.teach.scene import WHITEOUT, layer

CONF = "".join(f"# line {number:3d} of nginx.conf\n" for number in range(1, 249))
"""6,200 bytes of configuration."""

BASE = layer(
    {
        "/bin/sh": b"\x7fELF" + bytes(1020),
        "/etc/issue": "Base Linux 1.0\n",
        "/etc/motd": "Welcome to the base image, dear visitor.\n",
    }
)
TOOLS = layer({"/etc/nginx.conf": CONF, "/usr/bin/nginx": b"\x7fELF" + bytes(2044)})
SITE = layer(
    {
        "/etc/issue": WHITEOUT,
        "/etc/motd": "Welcome to the site.\n",
        "/srv/site/50x.html": "<h1>Out of order</h1>\n",
        "/srv/site/index.html": "<h1>Old</h1>\n",
    }
)
IMAGE = (BASE, TOOLS, SITE)
NAMES = ("base", "tools", "site")

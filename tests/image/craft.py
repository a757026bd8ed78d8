"""Archives written byte by byte, so that they can be wrong in one place only."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

END = bytes(1024)


def header(name: bytes, kind: bytes = b"0", data: bytes = b"", **given: Any) -> bytes:
    """A ustar header and its data; `given` replaces fields (as bytes) or says size=, checksum=."""
    size = given.get("size", b"%011o\0" % len(data))
    fields = [
        name.ljust(100, b"\0"), given.get("mode", b"0000644\0"), given.get("uid", b"0000000\0"),
        given.get("gid", b"0000000\0"), size, given.get("mtime", b"%011o\0" % 0), b" " * 8, kind,
        given.get("link", b"").ljust(100, b"\0"), given.get("magic", b"ustar\x0000"), bytes(64),
        given.get("major", b"0000000\0"), given.get("minor", b"0000000\0"), given.get("prefix", b"").ljust(155, b"\0"),
    ]  # fmt: skip
    block = b"".join(fields).ljust(512, b"\0")
    total = given.get("checksum", sum(block))
    return block[:148] + b"%06o\0 " % total + block[156:] + data + bytes(-len(data) % 512)


def pax(*records: tuple[bytes, bytes], raw: bytes | None = None, kind: bytes = b"x") -> bytes:
    """An extended header of these records, or of the bytes given."""
    if raw is None:
        raw = b"".join(record(key, text) for key, text in records)
    return header(b"pax", kind, raw)


def record(key: bytes, text: bytes) -> bytes:
    """One record, its length counting itself."""
    body = b" " + key + b"=" + text + b"\n"
    size = len(body)
    while len(b"%d" % size) + len(body) != size:
        size = len(b"%d" % size) + len(body)
    return b"%d" % size + body


def digest(raw: bytes) -> str:
    """The digest of some bytes."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


class Layout:
    """An OCI layout in the making; what is set before `write` can be anything."""

    def __init__(self, tar: bytes, blob: bytes | None = None, kind: str = "tar") -> None:
        self.blobs: dict[str, bytes] = {}
        self.layer = self.add(tar if blob is None else blob, f"application/vnd.oci.image.layer.v1.{kind}")
        self.config: Any = {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest(tar)]},
        }
        self.manifest: Any = {"schemaVersion": 2, "layers": [self.layer]}
        self.index: Any = {"schemaVersion": 2}
        self.version: Any = {"imageLayoutVersion": "1.0.0"}

    def add(self, raw: bytes, media_type: str) -> dict[str, Any]:
        """A blob's descriptor."""
        self.blobs[digest(raw)] = raw
        return {"mediaType": media_type, "digest": digest(raw), "size": len(raw)}

    def finish(self) -> None:
        """Fill in what was not set."""
        text = self.config if isinstance(self.config, bytes) else json.dumps(self.config).encode()
        if isinstance(self.manifest, dict) and "config" not in self.manifest:
            self.manifest["config"] = self.add(text, "application/vnd.oci.image.config.v1+json")
        text = self.manifest if isinstance(self.manifest, bytes) else json.dumps(self.manifest).encode()
        if isinstance(self.index, dict) and "manifests" not in self.index:
            self.index["manifests"] = [self.add(text, "application/vnd.oci.image.manifest.v1+json")]

    def write(self, home: Path) -> Path:
        """The layout as a directory."""
        self.finish()
        (home / "blobs" / "sha256").mkdir(parents=True)
        for name, raw in self.blobs.items():
            (home / "blobs" / name.replace(":", "/")).write_bytes(raw)
        for name, what in (("index.json", self.index), ("oci-layout", self.version)):
            if what is not None:
                (home / name).write_bytes(what if isinstance(what, bytes) else json.dumps(what).encode())
        return home

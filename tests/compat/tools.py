"""The real tools, each started privately: nothing of the machine's own images or daemons is read or written."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ToolError(Exception):
    """A tool said no; the text is what it said."""


def run(*words: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a tool to its end and give what it printed; ToolError with its words if it fails."""
    done = subprocess.run(
        words,
        capture_output=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise ToolError(
            f"{' '.join(words)}: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-3000:]}"
        )
    return done.stdout.decode(errors="replace").strip()


def skopeo(source: str, target: str) -> None:
    """`skopeo copy`, without a policy file, digests kept where the target can."""
    run("skopeo", "--insecure-policy", "copy", "-q", source, target)


def umoci_unpack(layout: Path, ref: str, bundle: Path) -> Path:
    """The root file system as umoci unpacks it from an OCI layout."""
    run("umoci", "unpack", "--image", f"{layout}:{ref}", str(bundle))
    return bundle / "rootfs"


class Podman:
    """podman with a store of its own below `home`, of full copies, so that nothing is mounted."""

    def __init__(self, home: Path) -> None:
        self.words = (
            "podman", "--root", str(home / "root"), "--runroot", str(home / "run"), "--storage-driver", "vfs",
            "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--tmpdir", str(home / "tmp"),
        )  # fmt: skip

    def __call__(self, *words: str) -> str:
        """Run `podman` + words; what it printed."""
        return run(*self.words, *words)

    @contextmanager
    def mounted(self, image: str) -> Iterator[str]:
        """The directory where podman shows the image's root file system."""
        yield self("image", "mount", image)
        self("image", "umount", image)


class Buildah(Podman):
    """buildah with a store of its own below `home`."""

    def __init__(self, home: Path) -> None:
        self.words = (
            "buildah", "--root", str(home / "root"), "--runroot", str(home / "run"), "--storage-driver", "vfs",
        )  # fmt: skip


def docker_client() -> str:
    """The `docker` that belongs to Debian's daemon; a newer client may stand before it on PATH."""
    return "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else "docker"


class Docker:
    """A real Docker daemon with its own directories and socket, ended with the `with` block."""

    def __init__(self) -> None:
        # A socket's path may have 107 bytes only, too few for a test's own directory.
        self.home = Path(tempfile.mkdtemp(prefix="ll-docker-"))
        self.host = f"unix://{self.home}/docker.sock"

    def __enter__(self) -> Docker:
        self.log = (self.home / "log").open("wb")
        self.daemon = subprocess.Popen(
            [
                # In a mount namespace of its own: other tests watch this machine's mounts.
                "unshare", "--mount", "dockerd", "--iptables=false", "--bridge=none", "--storage-driver", "overlay2",
                "--data-root", f"{self.home}/data", "--exec-root", f"{self.home}/exec", "--pidfile", f"{self.home}/pid",
                "-H", self.host,
            ],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        for _ in range(300):
            if self.daemon.poll() is not None:
                break
            try:
                self("version")
            except ToolError:
                time.sleep(0.1)
            else:
                return self
        said = (self.home / "log").read_text(errors="replace")[-2000:]
        self.__exit__()
        raise ToolError(f"dockerd did not start:\n{said}")

    def __exit__(self, *_: object) -> None:
        self.daemon.terminate()
        try:
            self.daemon.wait(20)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def __call__(self, *words: str) -> str:
        """Run `docker` + words against this daemon; what it printed."""
        client = {"DOCKER_CONFIG": f"{self.home}/config", "DOCKER_HOST": self.host}
        return run(docker_client(), *words, env=client)

    def export(self, image: str, target: Path) -> None:
        """The image's root file system as a tar, through a container that is never started."""
        container = self("create", image, "/none")
        self("export", "-o", str(target), container)
        self("rm", container)

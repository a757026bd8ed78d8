"""Images go out to the real tools and come back, and all of them see the root file system that we see."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layerlab.disk import open_image, save_image
from layerlab.engine.image.image import Image, image_from_layers
from tests.compat import facts, tools, trees

pytestmark = pytest.mark.proof

SEEDS = range(12)


def image(seed: int, **options: bool) -> Image:
    """An image of random layers."""
    layers = trees.layers(seed, **options)
    made = [f"COPY {number} /" for number in range(len(layers))]
    return image_from_layers(layers, {"Cmd": ["/a"]}, made, names=("lab/test:1",))


def seeds(full: bool) -> range:
    """All seeds, or a sample."""
    return SEEDS if full else SEEDS[:2]


def same(ours: facts.Facts, theirs: facts.Facts, *apart: str) -> None:
    """Both see the same, but for `apart`."""
    found = facts.differences(facts.without(ours, *apart), facts.without(theirs, *apart))
    assert not found, "\n".join(found[:10])


def plain(found: facts.Facts) -> facts.Facts:
    """Facts without attributes, which an exported tar does not carry, and without the root."""
    return {path: (*fact[:4], (), *fact[5:]) for path, fact in found.items() if path != "/"}


@pytest.fixture(scope="module")
def docker() -> Iterator[tools.Docker]:
    with tools.Docker() as daemon:
        yield daemon


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory with a short path: podman's own may have 50 characters."""
    with tempfile.TemporaryDirectory(prefix="ll") as home:
        yield Path(home)


def test_umoci_unpacks_what_we_write(tmp_path: Path, full: bool, need: Callable[..., None]) -> None:
    need("umoci")
    for seed in seeds(full):
        ours = image(seed)
        save_image(ours, tmp_path / f"oci{seed}")
        root = tools.umoci_unpack(tmp_path / f"oci{seed}", "1", tmp_path / f"bundle{seed}")
        same(facts.of_tree(ours.rootfs().walk()), facts.of_directory(str(root)))


@pytest.mark.parametrize("form", ["oci", "oci-archive", "docker-archive", "dir"])
def test_skopeo_takes_and_gives_back(
    form: str, tmp_path: Path, full: bool, need: Callable[..., None]
) -> None:
    need("skopeo")
    for seed in seeds(full):
        ours = image(seed)
        save_image(ours, tmp_path / f"ours{seed}")
        target = tmp_path / f"theirs{seed}"
        tools.skopeo(
            f"oci:{tmp_path}/ours{seed}:1", f"{form}:{target}" + ("" if form == "dir" else ":lab/test:1")
        )
        if form == "dir":
            tools.skopeo(f"dir:{target}", f"oci:{target}.oci:1")
            target = Path(f"{target}.oci")
        theirs = open_image(target)
        assert theirs.diff_ids == ours.diff_ids
        same(facts.of_tree(ours.rootfs().walk()), facts.of_tree(theirs.rootfs().walk()))


def test_podman_loads_and_saves(short: Path, tmp_path: Path, full: bool, need: Callable[..., None]) -> None:
    need("podman")
    podman = tools.Podman(short)
    for seed in seeds(full):
        ours = image(seed, xattrs=False)  # the vfs driver leaves a lower layer's on a directory
        save_image(ours, tmp_path / f"ours{seed}.tar", format="docker")
        podman("load", "-i", str(tmp_path / f"ours{seed}.tar"))
        name = podman("images", "--format", "{{.Id}}", "--no-trunc").splitlines()[0].removeprefix("sha256:")
        with podman.mounted(name) as root:
            same(facts.of_tree(ours.rootfs().walk()), facts.of_directory(root), "/")
        for form in ("oci-archive", "docker-archive"):
            out = tmp_path / f"{form}{seed}.tar"
            podman("save", "--format", form, "-o", str(out), name)
            same(facts.of_tree(ours.rootfs().walk()), facts.of_tree(open_image(out).rootfs().walk()), "/")
        podman("rmi", "-f", name)


def test_docker_loads_and_saves(
    docker: tools.Docker, tmp_path: Path, full: bool, need: Callable[..., None]
) -> None:
    need("dockerd")
    for seed in seeds(full):
        ours = image(seed, odd=False)
        save_image(ours, tmp_path / f"ours{seed}.tar", format="docker")
        docker("load", "-i", str(tmp_path / f"ours{seed}.tar"))
        docker.export("lab/test:1", tmp_path / f"root{seed}.tar")
        mine = facts.of_tree(ours.rootfs().walk())
        same(plain(mine), plain(facts.of_tar(str(tmp_path / f"root{seed}.tar"))), *facts.RUNTIME, "/etc")
        docker("save", "-o", str(tmp_path / f"saved{seed}.tar"), "lab/test:1")
        theirs = open_image(tmp_path / f"saved{seed}.tar")
        assert theirs.id == ours.id
        same(mine, facts.of_tree(theirs.rootfs().walk()))
        docker("rmi", "-f", "lab/test:1")


def test_buildah_goes_on_from_what_we_write(
    short: Path, tmp_path: Path, full: bool, need: Callable[..., None]
) -> None:
    need("buildah")
    buildah = tools.Buildah(short)
    (tmp_path / "added").write_bytes(b"one more file")
    for seed in seeds(full):
        ours = image(seed)
        save_image(ours, tmp_path / f"ours{seed}")
        container = buildah("from", "--pull-never", f"oci:{tmp_path}/ours{seed}:1")
        buildah("copy", "--chmod", "0604", container, str(tmp_path / "added"), "/added")
        buildah("commit", "-q", "--rm", container, f"oci:{tmp_path}/theirs{seed}:1")
        theirs = open_image(tmp_path / f"theirs{seed}")
        assert theirs.diff_ids[: len(ours.layers)] == ours.diff_ids
        added = theirs.rootfs().find("/added")
        assert added is not None
        assert (added.kind | added.mode) == 0o100604
        same(facts.of_tree(ours.rootfs().walk()), facts.of_tree(theirs.rootfs().walk()), "/added", "/")


def test_umoci_repacks_a_change(tmp_path: Path, full: bool, need: Callable[..., None]) -> None:
    need("umoci")
    for seed in seeds(full):
        ours = image(seed, odd=False, lines=False)  # umoci's own record of a tree is kept by lines
        save_image(ours, tmp_path / f"oci{seed}")
        root = tools.umoci_unpack(tmp_path / f"oci{seed}", "1", tmp_path / f"bundle{seed}")
        gone = sorted(name for name in ours.rootfs().tree.children if name != "a")[0]
        shutil.rmtree(root / gone) if (root / gone).is_dir() else (root / gone).unlink()
        (root / "made").write_bytes(b"new")
        tools.run("umoci", "repack", "--image", f"{tmp_path}/oci{seed}:2", str(root.parent))
        theirs = open_image(tmp_path / f"oci{seed}", ref="2")
        same(facts.of_tree(theirs.rootfs().walk()), facts.of_directory(str(root)), "/")
        assert theirs.rootfs().find(f"/{gone}") is None

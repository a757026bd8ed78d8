"""The os-shaped face: the rules of names, handles and permissions, each with its errno."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from layerlab.engine.files.posix import FileSystem


def put(fs, path, data=b"", mode=0o644):
    handle = fs.open(path, os.O_CREAT | os.O_WRONLY, mode)
    fs.write(handle, data)
    fs.close(handle)


def refuses(code, call, *args, **named):
    with pytest.raises(OSError) as caught:  # noqa: PT011 (the errno is checked)
        call(*args, **named)
    assert errno.errorcode[caught.value.errno] == errno.errorcode[code]


@pytest.fixture
def fs():
    fs = FileSystem()
    fs.mkdir("/d")
    put(fs, "/d/f", b"hello")
    fs.symlink("d", "/l")
    fs.symlink("nowhere", "/dangling")
    return fs


def test_a_file_has_the_same_inode_under_all_its_names(fs):
    fs.link("/d/f", "/g")
    assert fs.stat("/g").st_ino == fs.stat("/d/f").st_ino
    assert fs.stat("/g").st_nlink == 2
    fs.truncate("/g", 2)
    assert fs.stat("/d/f").st_size == 2


def test_a_handle_outlives_its_name(fs):
    handle = fs.open("/d/f", os.O_RDWR)
    fs.unlink("/d/f")
    assert fs.fstat(handle).st_nlink == 0
    fs.pwrite(handle, b"J", 0)
    assert fs.read(handle, 9) == b"Jello"
    fs.close(handle)
    refuses(errno.EBADF, fs.read, handle, 1)


@pytest.mark.parametrize(
    ("code", "call", "args"),
    [
        (errno.EEXIST, "mkdir", ("/d/",)),
        (errno.EEXIST, "mkdir", ("/",)),
        (errno.ENOTDIR, "lstat", ("/d/f/",)),
        (errno.ENOTDIR, "mkdir", ("/d/f/x",)),
        (errno.ENOENT, "stat", ("/dangling",)),
        (errno.ENOENT, "stat", ("",)),
        (errno.EISDIR, "unlink", ("/d",)),
        (errno.ENOTDIR, "unlink", ("/l/",)),
        (errno.ENOTEMPTY, "rmdir", ("/d",)),
        (errno.EINVAL, "rmdir", ("/d/.",)),
        (errno.ENOTEMPTY, "rmdir", ("/d/..",)),
        (errno.EBUSY, "rmdir", ("/",)),
        (errno.EINVAL, "rename", ("/d", "/d/x")),
        (errno.EBUSY, "rename", ("/", "/x")),
        (errno.EISDIR, "rename", ("/l", "/d")),
        (errno.ENOTEMPTY, "rename", ("/d/f", "/d")),
        (errno.EEXIST, "rename", ("/d/f", "/l", 1)),
        (errno.ENOENT, "rename", ("/d/f", "/x", 2)),
        (errno.EINVAL, "rename", ("/d/f", "/x", 3)),
        (errno.EPERM, "link", ("/d", "/x")),
        (errno.ENOENT, "symlink", ("", "/x")),
        (errno.ENAMETOOLONG, "mkdir", ("/" + "é" * 128,)),
        (errno.ENAMETOOLONG, "stat", ("/x" * 2048,)),
        (errno.EPERM, "mknod", ("/x", stat.S_IFDIR)),
        (errno.EISDIR, "open", ("/d", os.O_WRONLY)),
        (errno.EISDIR, "open", ("/x/", os.O_CREAT)),
        (errno.EEXIST, "open", ("/dangling", os.O_CREAT | os.O_EXCL)),
        (errno.ELOOP, "open", ("/l", os.O_NOFOLLOW)),
        (errno.ENOTDIR, "open", ("/d/f", os.O_DIRECTORY)),
        (errno.EOPNOTSUPP, "chmod", ("/l", 0o600, False)),
        (errno.EPERM, "setxattr", ("/l", "user.x", b"", 0, False)),
        (errno.ENODATA, "getxattr", ("/d", "user.x")),
        (errno.EOPNOTSUPP, "setxattr", ("/d", "other.x", b"")),
        (errno.ERANGE, "getxattr", ("/d", "")),
    ],
)
def test_what_is_refused(fs, code, call, args):
    refuses(code, getattr(fs, call), *args)


def test_forty_links_are_followed_and_no_more(fs):
    fs.symlink("/d/f", "/l0")
    for number in range(40):
        fs.symlink(f"l{number}", f"/l{number + 1}")
    assert fs.stat("/l39").st_size == 5
    refuses(errno.ELOOP, fs.stat, "/l40")


def test_creating_over_a_dangling_link_makes_its_target(fs):
    put(fs, "/dangling", b"x")
    assert fs.listdir("/") == ["d", "dangling", "l", "nowhere"]


def test_exchange_swaps_two_names(fs):
    put(fs, "/g", b"other")
    fs.rename("/g", "/d", 2)
    assert stat.S_ISDIR(fs.lstat("/g").st_mode)
    assert fs.stat("/").st_nlink == 3


def test_permissions_follow_the_credential(fs):
    fs.setcred(1, 1)
    refuses(errno.EACCES, fs.mkdir, "/x")
    refuses(errno.EACCES, fs.truncate, "/d/f", 0)
    refuses(errno.EPERM, fs.chmod, "/d/f", 0o777)
    refuses(errno.EPERM, fs.utime, "/d/f", (1, 1))
    refuses(errno.EACCES, fs.utime, "/d/f", None)
    refuses(errno.EPERM, fs.setxattr, "/d/f", "trusted.x", b"")
    fs.setcred(0, 0)
    fs.mkdir("/tmp", 0o777)
    fs.chmod("/tmp", 0o1777)
    put(fs, "/tmp/root")
    fs.setcred(1, 1)
    refuses(errno.EPERM, fs.unlink, "/tmp/root")
    put(fs, "/tmp/mine", b"x", 0o4755)
    fs.lchown("/tmp/mine", -1, 1)
    assert fs.stat("/tmp/mine").st_mode & 0o7777 == 0o755


def test_a_setgid_directory_hands_its_group_down(fs):
    fs.lchown("/d", 0, 7)
    fs.chmod("/d", 0o2777)
    fs.mkdir("/d/sub")
    assert (fs.stat("/d/sub").st_gid, fs.stat("/d/sub").st_mode & 0o2000) == (7, 0o2000)


def test_holes(fs):
    handle = fs.open("/sparse", os.O_CREAT | os.O_RDWR)
    fs.pwrite(handle, b"x", 100_000)
    assert fs.lseek(handle, 0, os.SEEK_DATA) == 98_304
    assert fs.lseek(handle, 98_304, os.SEEK_HOLE) == 100_001
    assert fs.fstat(handle).st_blocks == 8
    refuses(errno.ENXIO, fs.lseek, handle, 100_001, os.SEEK_DATA)


def test_a_fifo_passes_bytes(fs):
    fs.mknod("/p", stat.S_IFIFO | 0o644)
    refuses(errno.ENXIO, fs.open, "/p", os.O_WRONLY | os.O_NONBLOCK)
    reader = fs.open("/p", os.O_RDONLY | os.O_NONBLOCK)
    assert fs.read(reader, 5) == b""
    writer = fs.open("/p", os.O_WRONLY | os.O_NONBLOCK)
    refuses(errno.EAGAIN, fs.read, reader, 5)
    fs.write(writer, b"abc")
    assert fs.read(reader, 5) == b"abc"
    fs.close(reader)
    refuses(errno.EPIPE, fs.write, writer, b"x")


def test_bytes_in_bytes_out_and_names_need_not_be_text(fs):
    fs.mkdir(b"/\xff")
    assert b"\xff" in fs.listdir(b"/")
    assert fs.stat("/\udcff").st_nlink == 2


def test_the_tree_is_a_value_and_comes_back(fs):
    fs.link("/d/f", "/g")
    before = fs.tree
    again = FileSystem(before)
    assert again.tree is before
    assert again.stat("/g").st_nlink == 2
    again.truncate("/g", 0)
    assert again.tree.children["g"] is again.tree.children["d"].children["f"]
    assert fs.tree == before
    assert again.tree != before

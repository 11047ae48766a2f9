"""The YAML files below a directory, as bytes, in the order of their names."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reconciler.documents.text import LIMITS
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.show import plain, show


@dataclass(frozen=True, slots=True)
class TreeLimits:
    """How much a tree may hold."""

    files: int = 250_000
    bytes: int = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: its name relative to the root, with `/`, and what is in it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SourceTree:
    """The readable files in the order of their names, and what could not be read."""

    files: tuple[SourceFile, ...]
    found: tuple[Diagnostic, ...]

    @property
    def digest(self) -> str:
        """`sha256:` and the SHA-256 over all names and contents."""
        total = hashlib.sha256()
        for file in self.files:
            # Lengths first: moving a byte from a name to a content must change the digest.
            total.update(f"{len(file.name)}:{len(file.data)}:".encode())
            total.update(file.name.encode())
            total.update(file.data)
        return f"sha256:{total.hexdigest()}"

    def under(self, prefix: str) -> SourceTree:
        """The same tree with `prefix` before every name, in findings as well."""
        return SourceTree(
            tuple(replace(file, name=prefix + file.name) for file in self.files),
            tuple(
                replace(d, at=replace(d.at, file=prefix + d.at.file)) if d.at is not None else d
                for d in self.found
            ),
        )


_DEFAULT_LIMITS: Final = TreeLimits()


def read_tree(root: Path, limits: TreeLimits = _DEFAULT_LIMITS) -> SourceTree:
    """Every `*.yaml` and `*.yml` below `root`; none when it is no directory.

    A symbolic link that leads out of the tree is refused, since nobody reviews what stands there;
    one that stays inside is skipped, since its target is read under its own name.
    """
    found: list[Diagnostic] = []
    names = sorted(_names(root, found)) if is_directory(root) else []
    if len(names) > limits.files:
        message = f"there are {len(names):,} files; at most {limits.files:,} are read"
        return SourceTree((), (error("too-many-files", message, hint="use `kind: List`"),))
    files = []
    left = limits.bytes
    for name in names:
        data = _read(root, name, found)
        left -= len(data)
        if left < 0:
            message = f"the files up to here hold more than {limits.bytes:,} bytes"
            hint = "nothing after it was read; is something in the tree that does not belong there?"
            found.append(error("tree-too-large", message, Position(name, 1), hint=hint))
            break
        files.append(SourceFile(name, data))
    return SourceTree(tuple(files), tuple(found))


def is_directory(path: Path) -> bool:
    """Whether a directory is there and can be looked at."""
    try:
        return path.is_dir()
    except OSError:  # a name too long, say: it is not there in any way that helps
        return False


def _names(root: Path, found: list[Diagnostic]) -> Iterator[str]:
    """Names of the files to read, in no order; what cannot be read is added to `found`."""
    real_root = Path(os.path.realpath(root))
    todo = [(str(root), "")]
    while todo:
        directory, prefix = todo.pop()
        try:
            with os.scandir(directory) as listing:
                entries = list(listing)
        except OSError as failed:
            found.append(_unreadable(prefix or ".", f"cannot be listed: {failed.strerror}"))
            continue
        for entry in entries:
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                todo.append((entry.path, f"{name}/"))
            elif entry.is_symlink():
                if _is_read_through(entry, name, real_root, found):
                    yield name
            elif _is_yaml(name):
                if _is_inert(name):
                    yield name
                else:
                    message = f"the name of the file {show(name)} could act on a terminal or a log"
                    found.append(error("file-name", message, hint="rename it"))


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml"))


def _is_inert(name: str) -> bool:
    """Positions are shown as they are, so nothing in a name may need escaping."""
    return all(plain(part) == part for part in name.split("/"))


def _is_read_through(
    link: os.DirEntry[str], name: str, real_root: Path, found: list[Diagnostic]
) -> bool:
    """Whether a symbolic link is the only name under which its target would be read."""
    target = Path(os.path.realpath(link.path))
    if not _is_yaml(name) and not is_directory(target):
        return False
    if not target.is_relative_to(real_root):
        message = "the symbolic link leads out of the tree"
        hint = "copy what should be read into the tree, where it is reviewed"
        found.append(error("symlink-outside", message, Position(plain(name), 1), hint=hint))
        return False
    return not is_directory(target) and not (_is_yaml(target.name) and target.exists())


def _read(root: Path, name: str, found: list[Diagnostic]) -> bytes:
    path = root / name
    try:
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(path.stat().st_mode):
            found.append(_unreadable(name, "is not a regular file"))
            return b""
        with path.open("rb") as file:
            return file.read(LIMITS.bytes + 1)  # one more, so that it is seen to be too large
    except OSError as failed:
        found.append(_unreadable(name, f"cannot be read: {failed.strerror}"))
        return b""


def _unreadable(name: str, why: str) -> Diagnostic:
    hint = "it may declare somebody: make it readable, or remove it"
    return error("unreadable-file", plain(why), Position(plain(name), 1), hint=hint)

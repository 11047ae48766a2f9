"""The few commands of Git that keep a ledger in a ref: objects in, objects out, compare-and-swap.

Nothing here looks at an index, a working tree or a branch, and no hook of the repository runs.
What Git says on standard error may carry a URL with a token in it, so a message of ours quotes it
without its addresses.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from reconciler.errors import LedgerError
from reconciler.model.show import inert

_ADDRESS: Final = re.compile(r"\S*://\S+|\S+@\S+:\S+")
_SECONDS: Final = 120

#: Of the environment of a hook: they would lead to another repository than the one that is meant.
_OF_A_HOOK: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
_NOBODY: Final = {
    "GIT_AUTHOR_NAME": "reconciler",
    "GIT_AUTHOR_EMAIL": "reconciler@localhost",
    "GIT_COMMITTER_NAME": "reconciler",
    "GIT_COMMITTER_EMAIL": "reconciler@localhost",
}


class SwapRefusedError(LedgerError):
    """The ref is no longer what it was when it was read: somebody else has moved it."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository around `directory`; the ledger's ref is there, or at `remote`."""

    directory: Path
    env: Mapping[str, str]
    remote: str | None = None

    def tip(self, ref: str) -> str | None:
        """The commit that the ref is at, its objects at hand; None when there is no such ref."""
        if self.remote is None:
            found = self._run(["rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"], fails=True)
            return found.decode().strip() or None
        there = self._at_remote(ref, self.remote)
        if there is not None:
            self._run(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
                       "--no-recurse-submodules", self.remote, f"+{ref}:{ref}"])  # fmt: skip
        return there

    def refs(self, prefix: str) -> list[str]:
        """The names of the refs below `prefix`, sorted."""
        if self.remote is None:
            return self._run(["for-each-ref", "--format=%(refname)", f"{prefix}/"]).decode().split()
        listed = self._run(["ls-remote", "--quiet", self.remote, f"{prefix}/*"]).decode()
        return sorted(line.split("\t")[1] for line in listed.splitlines())

    def files(self, commit: str) -> dict[str, str]:
        """The names of a commit's files, shown as text, and the ids of their contents."""
        listed = self._run(["ls-tree", "-z", commit]).decode(errors="replace")
        rows = (row.split("\t", 1) for row in listed.split("\0") if row)
        return {name: about.split()[2] for about, name in rows}

    def newest(self, ref: str, fits: Callable[[str], bool]) -> str | None:
        """The newest commit of a ref that fits."""
        listed = self._run(["rev-list", "--first-parent", ref]).decode().split()
        return next((commit for commit in listed if fits(commit)), None)

    def contents(self, blobs: Sequence[str]) -> list[bytes]:
        """What the blobs hold."""
        answer = self._run(["cat-file", "--batch"], "".join(f"{b}\n" for b in blobs).encode())
        found: list[bytes] = []
        at = 0
        for blob in blobs:
            end = answer.find(b"\n", at)
            header = answer[at:end].split()
            if len(header) != 3 or header[1] != b"blob":
                raise LedgerError(f"the repository has no blob {blob}, which the ledger names")
            size = int(header[2])
            found.append(answer[end + 1 : end + 1 + size])
            at = end + size + 2
        return found

    def keep(self, content: bytes) -> str:
        """A blob with this content."""
        return self._run(["hash-object", "-w", "--stdin"], content).decode().strip()

    def commit(self, files: Mapping[str, str], parent: str | None, words: str, at: datetime) -> str:
        """A commit of these files upon `parent`; no ref points to it yet."""
        rows = "".join(f"100644 blob {blob}\t{name}\0" for name, blob in sorted(files.items()))
        tree = self._run(["mktree", "-z"], rows.encode()).decode().strip()
        parents = [] if parent is None else ["-p", parent]
        dates = {f"GIT_{who}_DATE": at.isoformat() for who in ("AUTHOR", "COMMITTER")}
        made = self._run(["commit-tree", tree, *parents, "-m", words], env={**_NOBODY, **dates})
        return made.decode().strip()

    def swap(self, ref: str, old: str | None, new: str) -> None:
        """Move the ref from `old` (None: it is not there) to `new`, or not at all.

        Raises:
            SwapRefusedError: it is not at `old` any more.
            LedgerError: it could not be moved; it is at `old`, or nobody knows.
        """
        if self.remote is None:
            try:
                self._run(["update-ref", ref, new, old or ""])
            except LedgerError:
                if self.tip(ref) == old:
                    raise
                raise _moved(ref) from None
            return
        lease = f"--force-with-lease={ref}:{old or ''}"
        try:
            self._run(["push", "--quiet", "--no-verify", "--no-follow-tags",
                       "--recurse-submodules=no", lease, self.remote, f"{new}:{ref}"])  # fmt: skip
        except LedgerError:
            there = self._at_remote(ref, self.remote)
            if there == old:
                raise
            if there != new:
                raise _moved(ref) from None
        # So that the objects stay reachable here, and people can look at them.
        self._run(["update-ref", ref, new])

    def _at_remote(self, ref: str, remote: str) -> str | None:
        listed = self._run(["ls-remote", "--quiet", remote, ref]).decode()
        rows = (line.split("\t") for line in listed.splitlines())
        return next((commit for commit, name in rows if name == ref), None)

    def _run(
        self,
        args: Iterable[str],
        stdin: bytes = b"",
        *,
        env: Mapping[str, str] | None = None,
        fails: bool = False,
    ) -> bytes:
        """Standard output; where it may fail, whatever stands there then."""
        command = ["git", "-c", "gc.auto=0", "-c", "core.hooksPath=/dev/null", *args]
        around = {name: text for name, text in self.env.items() if name not in _OF_A_HOOK}
        what = command[5]
        try:
            done = subprocess.run(  # noqa: S603  our own words, the manifest's name of a target among them
                command,
                cwd=self.directory,
                input=stdin,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env={**around, **(env or {}), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            raise LedgerError(f"`git {what}` did not end within {_SECONDS} s") from None
        except OSError as error:
            raise LedgerError(
                f"`git` cannot be started: {error.strerror}",
                hint="a ledger in a Git ref needs Git, and a repository around the directory",
            ) from None
        if done.returncode and not fails:
            raise LedgerError(
                f"`git {what}` failed: {_last_line(done.stderr)}",
                hint="a ledger in a Git ref needs a repository around the directory; one at a "
                "remote needs leave to push to it",
            )
        return done.stdout


def _moved(ref: str) -> SwapRefusedError:
    return SwapRefusedError(
        f"another run has moved {ref} since it was read", hint="apply again: it reads anew"
    )


def _last_line(stderr: bytes) -> str:
    """The first complaint of Git, or its last words, without an address."""
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith(("fatal:", "error:", " !"))]
    said = (complaints or lines or ["it did not say why"])[0]
    return inert(_ADDRESS.sub("(address)", said.strip()))[:300]

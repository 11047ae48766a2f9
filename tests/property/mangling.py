"""Files that somebody has damaged or made on purpose: saved plans and ledgers, mangled by chance.

A mangled plan is refused with exit code 6, or is a plan; whatever it is, no command ends with a
traceback (70) and none hangs. Half of the plans get the right digest for their new content, as
somebody would who wants to be believed: what is behind the digest must hold by itself.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from reconciler.apply.checking import check
from reconciler.apply.git import Repository
from reconciler.apply.git_ledger import GitLedger
from reconciler.apply.ledger import DirectoryLedger
from reconciler.errors import LedgerError, PlanFileError
from reconciler.model.canonical import digest
from reconciler.model.exit import ExitCode
from reconciler.model.ledger import Intent
from reconciler.model.ledger_runs import runs_of
from reconciler.report.planfile import decode
from tests.e2e.shell import Shell

LATE: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: What stands where something else should.
STRANGE: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 1e308, 10**30, "", " ", "\u202e", "a\x1b[2J", "id:", "group:", "user:e1",
    "emails[type eq \"work\"].value", "a[", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "sha256:", "x" * 5000, [], {}, [[]], {"action": "delete"}, [None], ["e1", "e1"],
)  # fmt: skip


def mangled_bytes(data: bytes, chance: Random) -> bytes:
    """A few bytes flipped, cut out, doubled, cut off or put in."""
    new = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(new) + 1)
        length = chance.choice((1, 1, 2, 8, 200))
        match chance.randrange(5):
            case 0:
                new[at : at + length] = chance.randbytes(length)
            case 1:
                del new[at : at + length]
            case 2:
                new[at:at] = new[at : at + length]
            case 3:
                del new[at:]
            case _:
                new[at:at] = chance.choice((b"{", b"]", b'"', b"\n", b"[" * 9000, b"NaN", b"\xff"))
        if not new:
            break
    return bytes(new)


def mangled_json(data: Any, chance: Random) -> Any:
    """A few values of a document replaced, removed, doubled or exchanged."""
    new = deepcopy(data)
    for _ in range(chance.randint(1, 3)):
        holder, key = _somewhere(new, chance)
        if holder is None:
            return chance.choice(STRANGE)
        match chance.randrange(4):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.insert(key, deepcopy(holder[key]))
            case 2:
                other, where = _somewhere(new, chance)
                holder[key] = deepcopy(other[where]) if other is not None else None
            case _:
                holder[key] = deepcopy(chance.choice(STRANGE))
    return new


def _somewhere(data: Any, chance: Random) -> tuple[Any, Any]:
    """A place in a document: its holder and its key or index; (None, None) in an empty one."""
    found: tuple[Any, Any] = (None, None)
    while isinstance(data, dict | list) and data:
        key = chance.choice(list(data)) if isinstance(data, dict) else chance.randrange(len(data))
        found = (data, key)
        if chance.random() < 0.15:
            break
        data = data[key]
    return found


def stamped(content: Any) -> bytes:
    """A plan file with the digest that its content has."""
    if isinstance(content, dict):
        content = {key: value for key, value in content.items() if key != "digest"}
        content["digest"] = digest(content)
    return json.dumps(content).encode()


def mangle_a_plan(data: bytes, chance: Random) -> bytes:
    """Mangled as bytes, or as JSON with the digest that goes with it."""
    if chance.random() < 0.3:
        return mangled_bytes(data, chance)
    return stamped(mangled_json(json.loads(data), chance))


#: What an apply of a damaged or made-up plan may come to.
EXPECTED: Final = frozenset(
    {
        ExitCode.OK,
        ExitCode.ERROR,
        ExitCode.BLOCKED,
        ExitCode.PARTIAL,
        ExitCode.STALE,
    }
)


def try_a_plan(shell: Shell, data: bytes) -> str:
    """Decode, show and apply it; what that came to, or an AssertionError."""
    shell.write("mangled.json", data)
    try:
        decode(data, "mangled.json")
    except PlanFileError:
        assert shell.run("show", "mangled.json").code == ExitCode.STALE
        assert shell.run("apply", "mangled.json").code == ExitCode.STALE
        return "refused"
    shown, applied = shell.run("show", "mangled.json", "--full"), shell.run("apply", "mangled.json")
    assert shown.code in {ExitCode.OK, ExitCode.BLOCKED}, shown.err
    assert applied.code in EXPECTED, applied.err
    assert "\x1b" not in shown.out + applied.out
    return "applied" if applied.code == ExitCode.OK else f"exit code {applied.code}"


def mangle_a_ledger(data: bytes, chance: Random) -> bytes:
    """Mangled as bytes, or a line of it as JSON, or lines in another order."""
    lines = data.splitlines(keepends=True)
    match chance.randrange(3):
        case 0:
            return mangled_bytes(data, chance)
        case 1:
            at = chance.randrange(len(lines))
            line = mangled_json(json.loads(lines[at]), chance)
            lines[at] = json.dumps(line).encode() + b"\n"
        case _:
            one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def try_a_ledger(directory: Path, data: bytes) -> str:
    """Verify, read, project and continue it; what that came to, or an AssertionError."""
    directory.mkdir(exist_ok=True)
    ledger = DirectoryLedger(directory, "box")
    ledger.path.write_bytes(data)
    found = check(ledger, "box")
    if not found.sound:
        assert found.line is not None
        assert found.line > found.lines
        _refuses(lambda: list(ledger.records()))
        _refuses(lambda: ledger.append([Intent("r", ())]))
        return "broken"
    records = list(ledger.records())
    runs_of(records)
    with ledger.lease():
        ledger.append(records[:1])
    assert len(list(ledger.records())) == len(records) + bool(records)
    return "torn" if found.torn else "sound"


def _refuses(work: Callable[[], object]) -> None:
    try:
        work()
    except LedgerError:
        return
    raise AssertionError("a broken ledger was taken for a sound one")


LEASE: Final = (
    b'{"holder": "process 1 on box", "released": false, '
    b'"since": "2026-11-23T12:00:00.000000+0000", "until": "2026-11-23T12:05:00.000000+0000"}\n'
)
#: Moments that are none, or from which nobody can count on.
_MOMENTS: Final = ("9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "now", "2026-11-23")


def as_git_files(data: bytes) -> dict[bytes, bytes]:
    """A ledger's lines as the files of a commit, and a lease that somebody has left."""
    lines = data.splitlines(keepends=True)
    half = len(lines) // 2
    first, second = b"".join(lines[:half]), b"".join(lines[half:])
    names = (f"{1:010}.jsonl".encode(), f"{half + 1:010}.jsonl".encode())
    return {names[0]: first, names[1]: second, b"lease.json": LEASE}


def mangle_git_files(files: dict[bytes, bytes], chance: Random) -> dict[bytes, bytes]:
    """A file's content, its name, or which files there are."""
    new = dict(files)
    name = chance.choice(sorted(new))
    match chance.randrange(6):
        case 0:
            new[name] = mangled_bytes(new[name], chance)
        case 1:
            del new[name]
        case 2:
            strange = (b"\xff.jsonl", b"a b", b"0000000000.jsonl", b"\xe2\x80\xae", b"x" * 200)
            new[chance.choice(strange)] = new.pop(name)
        case 3:
            other = chance.choice(sorted(new))
            new[name], new[other] = new[other], new[name]
        case _:
            lease = mangled_json(json.loads(LEASE), chance)
            if isinstance(lease, dict) and chance.random() < 0.5:
                lease[chance.choice(("since", "until"))] = chance.choice(_MOMENTS)
            new[b"lease.json"] = json.dumps(lease).encode()
    return new


def try_a_git_ledger(directory: Path, files: dict[bytes, bytes]) -> str:
    """Verify, read, and continue it where it can be; what that came to, or an AssertionError."""
    env = {**os.environ, "GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}
    if not directory.exists():
        subprocess.run(["git", "init", "--quiet", str(directory)], check=True)
    repository = Repository(directory, env)
    rows = [
        b"100644 blob %s\t%s\0" % (repository.keep(content).encode(), name)
        for name, content in sorted(files.items())
    ]
    tree = _git(directory, ["mktree", "-z"], b"".join(rows))
    signed = ["-c", "user.name=n", "-c", "user.email=e"]
    commit = _git(directory, [*signed, "commit-tree", tree, "-m", "mangled"], b"")
    _git(directory, ["update-ref", "refs/mangled/box", commit], b"")
    ledger = GitLedger(repository, "refs/mangled", "box", "we", lambda: LATE, pauses=())
    try:
        ledger.held_by()
        found = check(ledger, "box")
    except LedgerError:
        _refuses(lambda: list(ledger.records()))
        return "unreadable"
    if not found.sound:
        _refuses(lambda: list(ledger.records()))
        _refuses(lambda: ledger.append([Intent("r", ())]))
        return "broken"
    records = list(ledger.records())
    try:
        with ledger.lease():
            for _ in range(2):
                ledger.append([Intent("r", ())])
    except LedgerError:
        return "held"
    assert len(list(ledger.records())) == len(records) + 2
    return "sound"


def _git(directory: Path, args: list[str], text: bytes) -> str:
    done = subprocess.run(
        ["git", *args], cwd=directory, input=text, capture_output=True, check=True
    )
    return done.stdout.decode().strip()

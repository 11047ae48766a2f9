"""Files that somebody has damaged or made on purpose: saved plans and ledgers, mangled by chance.

A mangled plan is refused with exit code 6, or is a plan; whatever it is, no command ends with a
traceback (70) and none hangs. Half of the plans get the right digest for their new content, as
somebody would who wants to be believed: what is behind the digest must hold by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, Final

from reconciler.apply.checking import check
from reconciler.apply.ledger import DirectoryLedger
from reconciler.errors import LedgerError, PlanFileError
from reconciler.model.canonical import digest
from reconciler.model.exit import ExitCode
from reconciler.model.ledger import Intent
from reconciler.model.ledger_runs import runs_of
from reconciler.report.planfile import decode
from tests.e2e.shell import Shell

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

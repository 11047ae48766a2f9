"""Real processes: the lease excludes, the kernel lets go of it, a kill tears at most the tail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.apply.ledger import DirectoryLedger
from reconciler.errors import LedgerError
from reconciler.model.ledger import Intent

# Takes the lease, says so, and holds it until somebody writes a line to it.
HOLDER = """
import sys
from pathlib import Path
from reconciler.apply.ledger import DirectoryLedger
from reconciler.errors import LedgerError
try:
    with DirectoryLedger(Path(sys.argv[1]), "box").lease():
        print("held", flush=True)
        sys.stdin.readline()
except LedgerError as error:
    print(error.message, flush=True)
"""

# Appends as fast as it can, saying after each append how many are on disk for certain.
WRITER = """
import sys
from pathlib import Path
from reconciler.apply.ledger import DirectoryLedger
from reconciler.model.ledger import Intent
ledger = DirectoryLedger(Path(sys.argv[1]), "box")
with ledger.lease():
    number = sum(1 for _ in ledger.records()) // 3
    while True:
        ledger.append([Intent(f"run-{number}", ("h" * 4000,) * 3)] * 3)
        number += 1
        print(number, flush=True)
"""

# Appends to a file of which the kernel takes only ten bytes more, as a full disk would.
CRAMPED = """
import resource, signal, sys
from pathlib import Path
from reconciler.apply.ledger import DirectoryLedger
from reconciler.errors import LedgerError
from reconciler.model.ledger import Intent
ledger = DirectoryLedger(Path(sys.argv[1]), "box")
room = ledger.path.stat().st_size + 10
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
with ledger.lease():
    try:
        ledger.append([Intent("r2", ())])
    except LedgerError as error:
        print(error.message, flush=True)
"""


def process(program: str, directory: Path) -> subprocess.Popen[str]:
    """Without whatever measures this process: a killed one would leave half a measurement."""
    unmeasured = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    return subprocess.Popen(
        [sys.executable, "-c", program, str(directory)],
        env=unmeasured,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_of_two_processes_that_race_one_gets_the_lease(tmp_path: Path) -> None:
    racers = [process(HOLDER, tmp_path) for _ in range(2)]
    words = sorted(said(racer) for racer in racers)
    for racer in racers:
        racer.communicate("go\n")
    assert words[0] == "held"
    assert words[1].startswith("the ledger of box is held by another run (")


def test_a_killed_holder_has_let_go(tmp_path: Path) -> None:
    ledger = DirectoryLedger(tmp_path, "box")
    holder = process(HOLDER, tmp_path)
    assert said(holder) == "held"
    with pytest.raises(LedgerError, match=f"process {holder.pid} on"):
        ledger.append([Intent("r", ())])
    holder.kill()
    holder.communicate()
    ledger.append([Intent("r", ())])
    assert list(ledger.records()) == [Intent("r", ())]


def test_two_holders_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    one, other = DirectoryLedger(tmp_path, "box"), DirectoryLedger(tmp_path, "box")
    with one.lease(), pytest.raises(LedgerError, match="held by another run"), other.lease():
        pass
    with other.lease():
        pass


def test_a_lease_lets_go_when_the_run_fails(tmp_path: Path) -> None:
    ledger = DirectoryLedger(tmp_path, "box")
    with pytest.raises(RuntimeError), ledger.lease():
        raise RuntimeError
    with ledger.lease():
        pass


def test_other_targets_are_nobodys_concern(tmp_path: Path) -> None:
    with DirectoryLedger(tmp_path, "box").lease(), DirectoryLedger(tmp_path, "other").lease():
        pass


def test_a_writer_killed_at_any_time_loses_nothing_that_it_said_was_on_disk(
    tmp_path: Path,
) -> None:
    for appends in range(1, 9):
        writer = process(WRITER, tmp_path)
        confirmed = 0
        for _ in range(appends):
            confirmed = int(said(writer))
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate()
        confirmed = max([confirmed, *(int(line) for line in rest.split())])
        kept = list(DirectoryLedger(tmp_path, "box").records())
        assert len(kept) % 3 == 0  # whole appends only
        assert len(kept) // 3 >= confirmed
        assert [r.run for r in kept[::3]] == [f"run-{n}" for n in range(len(kept) // 3)]


def test_a_disk_without_room_is_said_and_leaves_the_chain_whole(tmp_path: Path) -> None:
    ledger = DirectoryLedger(tmp_path, "box")
    ledger.append([Intent("r1", ())])
    size = ledger.path.stat().st_size
    cramped = process(CRAMPED, tmp_path)
    words, _ = cramped.communicate()
    assert words.startswith("the ledger of box cannot be used: ")
    assert ledger.path.stat().st_size == size
    assert list(ledger.records()) == [Intent("r1", ())]

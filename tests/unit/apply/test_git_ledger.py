"""The ledger in a Git ref: real repositories, a real remote, two that race, a lease that ends."""

from __future__ import annotations

import json
import logging
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.apply.checking import check
from reconciler.apply.git import Repository, SwapRefusedError
from reconciler.apply.git_ledger import _FILES, NOTICED, SKEW, GitLedger, target_of_ref
from reconciler.apply.keeper import LASTS, MARGIN
from reconciler.apply.ledger import DirectoryLedger
from reconciler.errors import BrokenLedgerError, LedgerError, LedgerHeldError
from reconciler.model.ledger import Intent, Record
from tests.unit.apply.test_ledger import EVERY

REF = "refs/reconciler/ledger"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def git(directory: Path, *args: str, stdin: bytes | None = None) -> str:
    done = subprocess.run(
        ["git", *args], cwd=directory, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


@dataclass
class Clock:
    time: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A repository, as a developer has it."""
    directory = tmp_path / "here"
    directory.mkdir()
    git(directory, "init", "--quiet")
    return directory


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A bare repository that others push to."""
    directory = tmp_path / "server.git"
    directory.mkdir()
    git(directory, "init", "--quiet", "--bare")
    return directory


def checkout(server: Path, name: str) -> Path:
    """A fresh checkout, as a CI job has it: nothing of the ledger is in it."""
    directory = server.parent / name
    directory.mkdir()
    git(directory, "init", "--quiet")
    git(directory, "remote", "add", "origin", str(server))
    return directory


def ledger_in(
    directory: Path, clock: Clock, *, remote: str | None = None, holder: str = "me", of: str = "zpa"
) -> GitLedger:
    repository = Repository(directory, os.environ, remote)
    return GitLedger(repository, REF, of, holder, clock, sleep=clock.sleep)


def commits(directory: Path, of: str = "zpa") -> list[str]:
    return git(directory, "log", "--format=%s", f"{REF}/{of}").splitlines()[::-1]


def test_a_ledger_that_nobody_has_written_to_is_empty(here: Path, clock: Clock) -> None:
    ledger = ledger_in(here, clock)
    ledger.append([])
    assert list(ledger.records()) == []
    assert git(here, "for-each-ref") == ""


def test_every_kind_of_record_comes_back_as_it_was(here: Path, clock: Clock) -> None:
    ledger = ledger_in(here, clock)
    with ledger.lease():
        ledger.append(EVERY[:2])
        ledger.append(EVERY[2:])
    ledger.append(EVERY[:1])
    assert list(ledger_in(here, clock).records()) == [*EVERY, EVERY[0]]
    assert commits(here) == [
        "ledger of zpa: a run begins",
        "ledger of zpa: 2 records",
        "ledger of zpa: 4 records",
        "ledger of zpa: the run has ended",
        "ledger of zpa: a run begins",
        "ledger of zpa: 1 records",
        "ledger of zpa: the run has ended",
    ]


def test_its_lines_are_those_that_a_directory_would_have(
    here: Path, clock: Clock, tmp_path: Path
) -> None:
    """So a ledger can move from one form to the other, and one reader checks both."""
    in_git, on_disk = ledger_in(here, clock), DirectoryLedger(tmp_path / "d", "zpa")
    for record in EVERY:
        in_git.append([record])
        on_disk.append([record])
    assert in_git.content() == on_disk.path.read_bytes()


def test_many_appends_become_one_file(here: Path, clock: Clock) -> None:
    ledger = ledger_in(here, clock)
    records = [Intent(f"r{n}", ()) for n in range(_FILES + 5)]
    with ledger.lease():
        for record in records:
            ledger.append([record])
    files = git(here, "ls-tree", "--name-only", f"{REF}/zpa").splitlines()
    assert files == ["0000000001.jsonl", *(f"{_FILES + n:010}.jsonl" for n in range(2, 6))]
    assert list(ledger.records()) == records


def test_targets_have_a_ref_each_whatever_they_are_called(here: Path, clock: Clock) -> None:
    for name in ("a..b", "x.lock", "zpa"):
        with ledger_in(here, clock, of=name).lease():
            ledger_in(here, clock, of="other").append([Intent(name, ())])
    runs = [r.run for r in ledger_in(here, clock, of="other").records() if isinstance(r, Intent)]
    assert runs == ["a..b", "x.lock", "zpa"]


def test_targets_that_have_a_ledger_are_found_here_and_at_a_remote(
    server: Path, clock: Clock
) -> None:
    directory = checkout(server, "one")
    for target in ("zpa", "a.b"):
        ledger_in(directory, clock, remote="origin", of=target).append(EVERY)
    for remote in (None, "origin"):
        found = Repository(directory, os.environ, remote).refs(REF)
        assert [target_of_ref(ref) for ref in found] == ["a.b", "zpa"]
    assert Repository(directory, os.environ, "origin").refs("refs/other") == []


def test_nothing_of_the_working_tree_is_touched(here: Path, clock: Clock) -> None:
    (here / "mine.txt").write_text("work in progress", encoding="utf-8")
    git(here, "add", "mine.txt")
    ledger_in(here, clock).append(EVERY)
    assert git(here, "status", "--porcelain") == "A  mine.txt"
    assert git(here, "branch", "--list") == ""


def test_no_hook_runs_and_nobodys_name_is_used(here: Path, clock: Clock) -> None:
    hook = here / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    git(here, "config", "user.name", "Ada Lovelace")
    ledger_in(here, clock).append(EVERY)
    log = git(here, "log", "--format=%an %ae %cn %aI", f"{REF}/zpa").splitlines()
    assert set(log) == {"reconciler reconciler@localhost reconciler 2026-11-23T12:00:00Z"} or set(
        log
    ) == {"reconciler reconciler@localhost reconciler 2026-11-23T12:00:00+00:00"}


def test_the_repository_of_a_hook_is_not_taken_for_ours(
    here: Path, server: Path, clock: Clock
) -> None:
    env = {**os.environ, "GIT_DIR": str(server)}
    GitLedger(Repository(here, env), REF, "zpa", "me", clock).append(EVERY)
    assert git(server, "for-each-ref") == ""
    assert commits(here)


# At a remote.


def test_the_next_job_finds_what_the_last_one_left(server: Path, clock: Clock) -> None:
    for number in range(3):
        job = ledger_in(checkout(server, f"job{number}"), clock, remote="origin")
        assert len(list(job.records())) == number * len(EVERY)
        with job.lease():
            job.append(EVERY[:3])
            job.append(EVERY[3:])
    assert len(commits(server)) == 3 * 4


def test_a_shallow_checkout_of_a_branch_is_enough(server: Path, clock: Clock) -> None:
    first = checkout(server, "first")
    (first / "README").write_text("one", encoding="utf-8")
    git(first, "add", ".")
    git(first, *(["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"]))
    git(first, "push", "-q", "origin", "HEAD:refs/heads/main")
    ledger_in(first, clock, remote="origin").append(EVERY)
    second = server.parent / "second"
    git(server.parent, "clone", "-q", "--depth=1", "-b", "main", server.as_uri(), str(second))
    ledger = ledger_in(second, clock, remote="origin")
    assert list(ledger.records()) == EVERY
    ledger.append(EVERY)
    assert len(list(ledger_in(first, clock, remote="origin").records())) == 2 * len(EVERY)


def test_while_one_run_writes_another_is_told_who_and_since_when(
    server: Path, clock: Clock
) -> None:
    one = ledger_in(checkout(server, "one"), clock, remote="origin", holder="run 17")
    other = ledger_in(checkout(server, "other"), clock, remote="origin", holder="run 18")
    with one.lease():
        clock.time += timedelta(minutes=2)
        with pytest.raises(LedgerError) as caught, other.lease():
            pass
        one.append(EVERY)
    assert caught.value.message == (
        "the ledger of zpa is held by another run (run 17) since 2026-11-23 12:00:00 UTC"
    )
    assert "its lease ends at 12:06:00 UTC" in (caught.value.hint or "")
    with other.lease():
        other.append(EVERY)
    assert len(list(one.records())) == 2 * len(EVERY)


def test_of_two_that_read_the_same_only_one_takes_the_lease(server: Path, clock: Clock) -> None:
    """The ref is what decides, not what was read."""
    rival = ledger_in(checkout(server, "rival"), clock, remote="origin", holder="the rival")
    its_lease = rival.lease()

    @dataclass(frozen=True, slots=True)
    class Overtaken(Repository):
        def commit(self, *args: object, **kwargs: object) -> str:
            if not (self.directory / "overtaken").exists():
                (self.directory / "overtaken").touch()
                its_lease.__enter__()
            return Repository.commit(self, *args, **kwargs)  # type: ignore[arg-type]  # as they come

    slow = checkout(server, "slow")
    ledger = GitLedger(Overtaken(slow, os.environ, "origin"), REF, "zpa", "slow", clock)
    with pytest.raises(LedgerError, match=r"held by another run \(the rival\)"), ledger.lease():
        pass
    rival.append(EVERY)


def test_a_lease_that_nobody_gave_back_can_be_taken_after_its_time(
    server: Path, clock: Clock
) -> None:
    killed = ledger_in(checkout(server, "killed"), clock, remote="origin", holder="killed")
    held = killed.lease()
    held.__enter__()
    killed.append(EVERY[:2])
    next_one = ledger_in(checkout(server, "next"), clock, remote="origin")
    clock.time = NOON + LASTS + SKEW - timedelta(seconds=1)
    with pytest.raises(LedgerError, match="held by another run"), next_one.lease():
        pass
    clock.time = NOON + LASTS + SKEW
    with next_one.lease():
        next_one.append(EVERY[2:])
        with pytest.raises(LedgerError, match="the lease on the ledger of zpa was lost"):
            killed.append(EVERY[:1])
        with pytest.raises(LedgerError, match="the lease on the ledger of zpa was lost"):
            killed.renew()
    assert list(next_one.records()) == EVERY


def test_a_lease_is_taken_away_and_free_once_its_holder_must_have_noticed(
    server: Path, clock: Clock
) -> None:
    hung = ledger_in(checkout(server, "hung"), clock, remote="origin", holder="hung")
    held = hung.lease()
    held.__enter__()
    hung.append(EVERY[:2])
    clock.time += timedelta(seconds=10)
    hand = ledger_in(checkout(server, "hand"), clock, remote="origin", holder="hand")
    taken = hand.release("mo: it hangs", dead=False)
    assert taken is not None
    assert (taken.holder, taken.until) == ("hung", clock.time + NOTICED)
    with pytest.raises(LedgerError, match="was lost"):
        hung.renew()
    next_one = ledger_in(checkout(server, "next"), clock, remote="origin")
    clock.time = taken.until - timedelta(seconds=1)
    with pytest.raises(LedgerHeldError), next_one.lease():
        pass
    clock.time = taken.until
    with next_one.lease():
        next_one.append(EVERY[2:])
    assert list(next_one.records()) == EVERY
    assert "ledger of zpa: released: mo: it hangs" in commits(server)


def test_a_lease_that_ends_soon_is_not_made_longer_by_taking_it(here: Path, clock: Clock) -> None:
    held = ledger_in(here, clock, holder="killed").lease()
    held.__enter__()
    clock.time += LASTS
    taken = ledger_in(here, clock).release("mo: killed", dead=False)
    assert taken is not None
    assert taken.until == NOON + LASTS + SKEW


def test_a_lease_of_the_dead_is_free_at_once_and_that_of_nobody_is_none(
    here: Path, clock: Clock
) -> None:
    assert ledger_in(here, clock).release("x", dead=True) is None
    held = ledger_in(here, clock, holder="killed").lease()
    held.__enter__()
    taken = ledger_in(here, clock).release("mo: killed", dead=True)
    assert taken is not None
    assert taken.until == clock.time
    with ledger_in(here, clock).lease():
        pass


def test_a_lease_is_not_taken_from_somebody_who_writes_all_the_time(
    here: Path, clock: Clock
) -> None:
    busy = ledger_in(here, clock, holder="busy")

    @dataclass(frozen=True, slots=True)
    class Overtaken(Repository):
        def keep(self, content: bytes) -> str:
            busy.renew()
            return Repository.keep(self, content)

    with busy.lease(), pytest.raises(LedgerError, match="its holder is at work"):
        GitLedger(Overtaken(here, os.environ), REF, "zpa", "hand", clock).release("x", dead=False)


def test_the_holder_stops_before_anybody_may_take_it_even_with_clocks_apart() -> None:
    assert timedelta(minutes=2) <= MARGIN + SKEW
    assert 2 * MARGIN < LASTS


def test_every_append_and_every_renewal_makes_it_last_longer(here: Path, clock: Clock) -> None:
    ledger = ledger_in(here, clock)
    with ledger.lease() as lease:
        assert lease.until == NOON + LASTS
        clock.time += timedelta(minutes=3)
        lease.renew()
        assert lease.until == NOON + LASTS + timedelta(minutes=3)
        clock.time += timedelta(minutes=1)
        ledger.append(EVERY)
        assert lease.until == NOON + LASTS + timedelta(minutes=4)
        told = json.loads(git(here, "show", f"{REF}/zpa:lease.json"))
        assert told["since"].startswith("2026-11-23T12:00:00")
        assert told["until"].startswith("2026-11-23T12:09:00")
    assert "lease.json" not in git(here, "ls-tree", "--name-only", f"{REF}/zpa")


def test_nothing_is_written_without_a_lease(here: Path, clock: Clock) -> None:
    with pytest.raises(LedgerError, match="under a lease only"):
        ledger_in(here, clock).renew()


# What goes wrong.


@dataclass(frozen=True, slots=True)
class Flaky(Repository):
    """Pushes fail as often as the file says; a failed one has arrived, or has not."""

    arrives: bool = False

    def swap(self, ref: str, old: str | None, new: str) -> None:
        left = self.directory / "failures"
        number = int(left.read_text(encoding="utf-8")) if left.exists() else 0
        if number:
            left.write_text(str(number - 1), encoding="utf-8")
            if self.arrives:
                Repository.swap(self, ref, old, new)
            raise LedgerError("no answer")
        Repository.swap(self, ref, old, new)


@pytest.mark.parametrize("arrives", [False, True])
def test_a_push_without_an_answer_is_made_again_and_nothing_is_written_twice(
    server: Path, clock: Clock, *, arrives: bool
) -> None:
    directory = checkout(server, "job")
    flaky = Flaky(directory, os.environ, "origin", arrives)
    ledger = GitLedger(flaky, REF, "zpa", "me", clock, sleep=clock.sleep)
    with ledger.lease():
        (directory / "failures").write_text("2", encoding="utf-8")
        ledger.append(EVERY)
    assert clock.slept == [1.0, 5.0]
    assert list(ledger.records()) == EVERY


def test_a_ledger_that_could_not_be_written_takes_nothing_more(server: Path, clock: Clock) -> None:
    directory = checkout(server, "job")
    ledger = GitLedger(Flaky(directory, os.environ, "origin"), REF, "zpa", "me", clock)
    ledger.sleep = clock.sleep
    with ledger.lease():
        (directory / "failures").write_text("3", encoding="utf-8")
        with pytest.raises(LedgerError, match="no answer"):
            ledger.append(EVERY)
        with pytest.raises(LedgerError, match="no answer"):
            ledger.append(EVERY)
    assert list(ledger.records()) == []


def test_a_lease_that_cannot_be_given_back_is_worth_a_word(
    server: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    directory = checkout(server, "job")
    ledger = GitLedger(Flaky(directory, os.environ, "origin"), REF, "zpa", "me", clock)
    ledger.sleep = clock.sleep
    with caplog.at_level(logging.WARNING), ledger.lease():
        (directory / "failures").write_text("3", encoding="utf-8")
    assert "is not given back, and ends by itself at 12:05:00 UTC: no answer" in caplog.text


def test_a_remote_that_refuses_says_so_without_its_token(here: Path) -> None:
    clock = Clock()
    git(here, "remote", "add", "origin", "https://user:s3cret@127.0.0.1:9/x.git")
    with pytest.raises(LedgerError) as caught:
        list(ledger_in(here, clock, remote="origin").records())
    assert "`git ls-remote` failed" in caught.value.message
    assert "s3cret" not in caught.value.message


def test_outside_of_a_repository_it_says_what_it_needs(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(LedgerError) as caught:
        ledger_in(tmp_path, clock).append(EVERY)
    assert "needs a repository around the directory" in (caught.value.hint or "")


def test_without_git_it_says_so(here: Path, clock: Clock) -> None:
    ledger = GitLedger(Repository(here, {"PATH": str(here)}), REF, "zpa", "me", clock)
    with pytest.raises(LedgerError, match="`git` cannot be started"):
        list(ledger.records())


def rewritten(here: Path, name: str, content: bytes) -> None:
    """Somebody edits the ledger by hand, and commits it."""
    blob = git(here, "hash-object", "-w", "--stdin", stdin=content)
    rows = git(here, "ls-tree", f"{REF}/zpa").splitlines()
    rows = [row for row in rows if not row.endswith(f"\t{name}")]
    tree = git(here, "mktree", stdin="\n".join([*rows, f"100644 blob {blob}\t{name}"]).encode())
    commit = git(
        here, *(["-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "x"]), tree
    )
    git(here, "update-ref", f"{REF}/zpa", commit)


def test_an_edited_ledger_is_refused_before_the_lease_is_taken(here: Path, clock: Clock) -> None:
    ledger = ledger_in(here, clock)
    ledger.append(EVERY)
    rewritten(here, "0000000001.jsonl", ledger.content().replace(b"user:e1", b"user:e2"))
    with pytest.raises(BrokenLedgerError) as caught:
        list(ledger.records())
    assert caught.value.line == 3
    with pytest.raises(BrokenLedgerError), ledger.lease():
        pass


@pytest.mark.parametrize(
    "lease",
    [b"", b"[]", b'{"holder": "x", "since": "now", "until": "then"}', b"[" * 100_000,
     b'{"holder": "x", "since": "2026-11-23T12:00:00", "until": "2026-11-23T12:00:00"}'],
)  # fmt: skip
def test_a_lease_that_cannot_be_read_is_nobodys_leave(
    here: Path, clock: Clock, lease: bytes
) -> None:
    ledger = ledger_in(here, clock)
    ledger.append(EVERY)
    rewritten(here, "lease.json", lease)
    with pytest.raises(LedgerError, match="cannot be read, so nobody can tell"), ledger.lease():
        pass


def test_a_ref_that_moves_between_reading_and_writing_is_not_moved_back(here: Path) -> None:
    repository = Repository(here, os.environ)
    first = repository.commit({}, None, "first", NOON)
    second = repository.commit({}, first, "second", NOON)
    repository.swap(REF, None, first)
    with pytest.raises(SwapRefusedError):
        repository.swap(REF, None, second)
    with pytest.raises(SwapRefusedError):
        repository.swap(REF, second, second)
    repository.swap(REF, first, second)
    assert repository.tip(REF) == second


def test_a_blob_that_is_missing_is_said(here: Path) -> None:
    with pytest.raises(LedgerError, match="has no blob"):
        Repository(here, os.environ).contents(["0" * 40])


def test_an_append_costs_one_push_however_many_changes_it_is_about(
    server: Path, clock: Clock
) -> None:
    ledger = ledger_in(checkout(server, "job"), clock, remote="origin")
    many: Sequence[Record] = [replace(EVERY[2], hash=f"h{n}") for n in range(10_000)]  # type: ignore[arg-type]  # a Result
    with ledger.lease():
        ledger.append([Intent("r1", tuple(f"h{n}" for n in range(10_000)))])
        ledger.append(many)
    assert len(commits(server)) == 4
    assert ledger.batch >= 10_000
    assert sum(1 for _ in ledger.records()) == 10_001


def test_who_holds_it_is_told_to_whoever_asks(here: Path, clock: Clock) -> None:
    ledger = ledger_in(here, clock, holder="run 17")
    assert ledger.held_by() is None
    with ledger.lease():
        assert ledger_in(here, clock).held_by() == (
            "run 17 since 2026-11-23 12:00:00 UTC; unless it is renewed, free from 12:06:00 UTC on"
        )
        ledger_in(here, clock).release("mo: it hangs", dead=False)
        other = ledger_in(here, clock)
        assert other.held_by() == (
            "run 17 since 2026-11-23 12:00:00 UTC; released, and free from 12:01:45 UTC on"
        )
        with pytest.raises(LedgerHeldError) as caught, other.lease():
            pass
        assert caught.value.hint == (
            "it was released, and is free from 12:01:45 UTC on; `apply --wait 10m` waits for that"
        )
        ledger_in(here, clock).release("mo: it is gone", dead=True)
    assert ledger.held_by() is None


@pytest.mark.parametrize("remote", [None, "origin"])
def test_a_ledger_of_which_no_commit_is_sound_can_only_be_done_without(
    here: Path, server: Path, clock: Clock, remote: str | None
) -> None:
    directory = here if remote is None else checkout(server, "job")
    repository = Repository(directory, os.environ, remote)
    blob = repository.keep(b"nothing of ours\n")
    made = repository.commit({"0000000001.jsonl": blob}, None, "x", NOON)
    repository.swap(f"{REF}/zpa", None, made)
    found = check(ledger_in(directory, clock, remote=remote), "zpa")
    assert (found.sound, found.line) == (False, 1)
    remedy = "git update-ref -d" if remote is None else f"git push origin :{REF}/zpa"
    assert remedy in (found.way_back or "")


def test_a_sound_commit_at_a_remote_is_gone_back_to_with_a_push(server: Path, clock: Clock) -> None:
    ledger = ledger_in(checkout(server, "job"), clock, remote="origin")
    ledger.append(EVERY)
    tip = git(server, "rev-parse", f"{REF}/zpa")
    assert ledger.way_back(0).endswith(f"git push origin +{tip}:{REF}/zpa")

"""A company, its provider and a second writer, living together for a while.

Each act of ours is a real command over a real socket, with a plan file in between. After each the
statements are asked of what really happened.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from starlette.middleware import Middleware

from reconciler.simulator.provider import repeatable_id
from reconciler.simulator.store import Store
from tests.e2e.shell import Ran, Shell
from tests.faulted import Haste, Port
from tests.lives import manifests
from tests.lives.behind import Stranger, Truth, read
from tests.lives.company import Company
from tests.lives.evidence import Carried, Planned
from tests.lives.of_applies import (
    approved_is_applied,
    every_change_ends_once,
    grants_come_before_revokes,
    unknown_is_settled_by_reading,
)
from tests.lives.of_guards import guardrails_trip, tripped
from tests.lives.of_plans import (
    incomplete_reads_never_remove,
    only_what_git_says,
    undetermined_is_not_false,
    undoing_only_gives_back,
    what_is_not_ours_is_not_touched,
)
from tests.lives.oracle import Oracle
from tests.lives.spoiling import Cut, spoilt
from tests.lives.statements import (
    TOKEN,
    bad_input_is_a_diagnostic,
    git_is_what_is_there,
    nobody_is_there_twice,
    nothing_is_left_to_do,
    nothing_leaks,
    reading_sends_only_reads,
    same_input_same_plan,
)
from tests.lives.wire import Faults, Incident, Log, Recorder, Stop

_PORT = Port()


@dataclass
class Life:
    """`acts` counts what was done, for the report. `old`: every plan so far.

    `counted`: the rows of HR's table at the last apply. `deactivated`: whom we have switched off,
    and when. `run`: the last plan of which an apply has begun.
    """

    company: Company
    shell: Shell
    acts: Counter[str] = field(default_factory=Counter)
    old: list[Planned] = field(default_factory=list)
    counted: int | None = None
    deactivated: dict[str, datetime] = field(default_factory=dict)
    run: Planned | None = None
    last: Ran = field(default_factory=lambda: Ran(0, "", ""))
    _told: int = 0  # how much of the ledger has been looked through

    @classmethod
    def begin(cls, company: Company, directory: Path) -> Life:
        if not _PORT.number:
            _PORT.listen()
        shell = Shell(directory, haste=Haste())
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
            "RECONCILER_CREDENTIAL_BOX_HOSTS": f"127.0.0.1:{_PORT.number}",
        }
        return cls(company, shell)

    # What goes on around us.

    @contextmanager
    def stranger(self) -> Iterator[tuple[Stranger, Truth]]:
        """The second writer, who sees everything."""
        with Store.open(self._database) as store:
            yield Stranger(store), read(store)

    def truth(self) -> Truth:
        with Store.open(self._database) as store:
            return read(store)

    def oracle(self) -> Oracle:
        """What follows from Git as it is now, and will still do so when Git has changed."""
        now = self.shell.now.replace(microsecond=0)
        return Oracle(copy.deepcopy(self.company), now, self.counted)

    # A command.

    def command(
        self, *args: str, incident: Incident | None = None, backwards: bool = False
    ) -> tuple[Ran, Log]:
        """A command of ours, with all that it sent, against the provider as it shows itself."""
        self._write(backwards=backwards)
        log, profile = Log(), self.company.profile
        script = incident.script() if isinstance(incident, Faults) else None
        with Store.open(self._database) as store:
            recorder = Middleware(
                Recorder,
                log=log,
                store=store,
                incident=incident,
                now=lambda: self.shell.now,
                pass_time=self.pass_time,
                died=self._keep_state,
            )
            with _PORT.provider(
                self._database,
                profile=profile,
                script=script,
                middleware=[recorder],
                new_id=repeatable_id,
            ):
                ran = self.shell.run(*args)
        if log.died:  # what the run has written since, it has not
            shutil.rmtree(self._state)
            self._kept.rename(self._state)
        ledger = self._ledger
        nothing_leaks(ran, ledger[min(self._told, len(ledger)) :])
        self._told = len(ledger)
        if self.company.nonsense is not None and args[0] != "show":
            bad_input_is_a_diagnostic(ran, log)
        return ran, log

    def pass_time(self, seconds: float) -> None:
        self.shell.now += timedelta(seconds=seconds)

    def _write(self, *, backwards: bool) -> None:
        documents = manifests.documents(self.company)
        half = len(documents) // 2 if backwards else len(documents)
        ordered = documents[::-1] if backwards else documents
        self.shell.write("manifests/all.yaml", "---\n".join(ordered[:half]))
        self.shell.write("manifests/more.yaml", "---\n".join(ordered[half:]))
        self.shell.write("manifests/target.yaml", manifests.target(self.company, _PORT.url))
        if self.company.table is not None:
            self.shell.write("hr.csv", manifests.table(self.company))
        for name, tree in (("policies", self.company.head), ("base", self.company.base)):
            self.shell.write(f"{name}/all.yaml", manifests.policies(tree))

    @property
    def _inputs(self) -> tuple[str, ...]:
        given = ("--source", "hr=hr.csv") if self.company.table is not None else ()
        return ("--policies", "policies", "--policies", "base", *given)

    @property
    def _database(self) -> Path:
        return self.shell.directory / "provider.db"

    @property
    def _state(self) -> Path:
        return self.shell.directory / ".reconciler"

    @property
    def _kept(self) -> Path:
        return self.shell.directory / "state-at-death"

    def _keep_state(self) -> None:
        shutil.copytree(self._state, self._kept)

    @property
    def _ledger(self) -> str:
        file = self._state / "ledger/box.jsonl"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    # What we do.

    def look(self, command: str, *args: str) -> Ran:
        """A command that only reads."""
        before = self.truth()
        inputs = () if command in {"show", "ledger"} else self._inputs
        ran, log = self.command(command, *args, *inputs)
        reading_sends_only_reads(command, log, before, self.truth())
        self.acts[command] += 1
        return ran

    def plan(self, *more: str, cut: Cut | None = None) -> Planned | None:
        """Plan and save; None where nothing could be read. `cut`: what of it is read badly."""
        before, oracle = self.truth(), self.oracle()
        file = f"plan-{len(self.old) + self.acts['plan']}.json"
        asked = ("plan", "box", "-o", file, "--format", "json", *more, *self._inputs)
        incident = None if cut is None else cut.faults
        ran, log = self.command(*asked, incident=incident)
        self.acts["plan" if cut is None else "plan after an incomplete read"] += 1
        reading_sends_only_reads("plan", log, before, self.truth())
        if not (self.shell.directory / file).exists():
            assert cut is not None or self.company.nonsense is not None, (ran.code, ran.err)
            assert ran.code in {1, 4}, ran.err
            return None
        planned = Planned(
            file=file,
            plan=ran.data["plan"],
            violations=tuple(ran.data["verdict"]["violations"]),
            code=ran.code,
            truth=before,
            oracle=oracle,
            cut=spoilt(cut, log, before, self.company.profile),
            deactivated=dict(self.deactivated),
        )
        self._judge(planned)
        self.old.append(planned)
        if cut is None and len(self.old) % 3 == 1:
            again, _ = self.command(
                "plan", "box", "--format", "json", *more, *self._inputs, backwards=True
            )
            same_input_same_plan(ran.data, again.data)
        return planned

    def _judge(self, planned: Planned) -> None:
        incomplete_reads_never_remove(planned)
        what_is_not_ours_is_not_touched(planned)
        undetermined_is_not_false(planned)
        only_what_git_says(planned)
        guardrails_trip(planned)
        self.acts["plans with gaps"] += bool(planned.plan["gaps"])
        self.acts["plans that were blocked"] += bool(planned.violations)

    def edit(self, planned: Planned, old: str, new: str) -> Planned:
        """A copy of a plan's file in which somebody has replaced a text."""
        text = self.shell.read(planned.file)
        assert old in text
        self.shell.write("edited.json", text.replace(old, new, 1))
        return replace(planned, file="edited.json", edited=True)

    def undo(self) -> Planned | None:
        """A plan that takes the last apply back."""
        if self.run is None:
            return None
        planned = self.plan("--undo", "last")
        assert planned is not None
        undoing_only_gives_back(planned, self.run)
        self.acts["undo"] += 1
        return planned

    def apply(self, planned: Planned, *, incident: Incident | None = None, canary: int = 0) -> int:
        """Carry a plan out, of whatever age, with all the words that it asks for; its exit code."""
        code = self.attempt(planned, (), incident=incident, canary=canary)
        words = self.words() if code == 3 else ()
        if not words:
            return code
        self.acts["acknowledgements"] += len(words)
        return self.attempt(planned, words, incident=incident, canary=canary)

    def words(self) -> tuple[str, ...]:
        """The words by which what was refused last would be released; () if nothing can."""
        return tuple(re.findall(r"--acknowledge ([0-9a-f]{12})", self.last.out + self.last.err))

    def attempt(
        self,
        planned: Planned,
        words: tuple[str, ...],
        *,
        incident: Incident | None = None,
        canary: int = 0,
    ) -> int:
        """Try to carry a plan out with these words; its exit code."""
        given = [each for word in words for each in ("--acknowledge", word)]
        given += ["--because", "a test"] if words else []
        given += ["--canary", str(canary)] if canary else []
        given += ["--max-duration", "30m"] if isinstance(incident, Stop) else []
        before, now = self.truth(), self.shell.now
        ran, log = self.command(
            "apply", planned.file, "--format", "json", *given, *self._inputs, incident=incident
        )
        after = self.truth()
        self.last = ran
        self.acts[f"apply: exit code {ran.code}"] += 1
        if ran.code in {3, 4} or (ran.code == 6 and not ran.out):
            assert log.requests == [], f"exit code {ran.code}, and something was sent"
            assert before == after, f"exit code {ran.code}, and something was written"
            self._is_refused_with_reason(planned, ran.code, now)
            return ran.code
        assert not planned.edited, "a plan that was edited was carried out"
        assert now < _expiry(planned), "a plan that has expired was carried out"
        blocked = self._blocked(planned)
        assert words or not blocked, f"carried out, though blocked by {blocked}"
        assert not any(check.startswith("protection") for check in blocked), blocked
        told = bool(ran.out) and not log.died
        carried = Carried(
            planned=planned,
            code=ran.code,
            outcomes=tuple(json.loads(ran.out)["outcomes"]) if told else None,
            log=log,
            before=before,
            after=after,
            incident=incident,
            canary=canary,
        )
        self._remember(carried)
        approved_is_applied(carried)
        every_change_ends_once(carried)
        unknown_is_settled_by_reading(carried)
        grants_come_before_revokes(carried)
        nobody_is_there_twice(self.oracle(), before, after)
        return ran.code

    def _blocked(self, planned: Planned) -> set[str]:
        """What forbids a plan: its own verdict, and today's policies."""
        own = {violation["check"] for violation in planned.violations}
        trees = (self.company.head, self.company.base)
        today = () if planned.cut else (set(tripped(planned, tree)) for tree in trees)
        return own.union(*today)

    def _is_refused_with_reason(self, planned: Planned, code: int, now: datetime) -> None:
        match code:
            case 3:
                assert planned.cut or self._blocked(planned), "nothing forbids this plan"
            case 6 if planned.edited:
                pass
            case 6:
                then = manifests.target(planned.oracle.company, "")
                moved = then != manifests.target(self.company, "")
                assert moved or now >= _expiry(planned), "this plan is neither old nor edited"
            case _:
                assert self.company.nonsense is not None, "nothing is wrong with the manifests"

    def _remember(self, carried: Carried) -> None:
        """What the next plans build upon, seen from outside."""
        for write in carried.log.writes:
            for live in write.before.users:
                if write.before.active(live) and not write.after.active(live):
                    self.deactivated[live] = write.at
        for outcome in carried.outcomes or ():
            self.acts[f"change: {outcome['status']}"] += 1
        self.acts["runs that died"] += carried.log.died
        self.acts["applies with a second writer"] += carried.log.meddled
        if carried.outcomes is not None or carried.log.died:
            self.run = carried.planned
        if carried.outcomes is not None and not carried.planned.plan["selection"]:
            for feed in carried.planned.plan["feeds"]:
                self.counted = feed["rows"] if feed["gap"] is None else self.counted

    def settle(self) -> None:
        """Plan and apply, undisturbed: all is as Git has it, and there is nothing left to do.

        What is contested is left alone, until somebody has sorted it out at the provider.
        """
        self.company.nonsense = None
        self.company.head.protected.clear()
        self.company.base.protected.clear()
        if self.oracle().undecided(self.truth()):
            planned = self.plan()
            assert planned is not None
            self.apply(planned)
            self.acts["settled but for what is contested"] += 1
            with self.stranger() as (stranger, truth):
                for kind, live in self.oracle().in_the_way(truth):
                    stranger.delete(kind, live)
        planned = self.plan()
        assert planned is not None
        if planned.oracle.undecided(planned.truth):
            return
        code = self.apply(planned)
        assert code == 0, (code, self.last.out, self.last.err)
        git_is_what_is_there(planned.oracle, planned.truth, self.truth())
        again = self.plan()
        assert again is not None
        nothing_is_left_to_do(again.plan)
        self.acts["settled"] += 1


def _expiry(planned: Planned) -> datetime:
    return datetime.fromisoformat(planned.plan["as_of"]) + timedelta(hours=24)

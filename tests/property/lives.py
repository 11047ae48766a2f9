"""A company, its provider and a second writer, living together for a while.

Each act of ours is a real command over a real socket, with a plan file in between. After each the
statements are asked of what really happened: who lost and gained what is held against `Company`,
and every change at the provider against the plan that was carried out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.faults.script import Script
from tests.e2e.shell import Ran, Shell
from tests.e2e.spoiling import FAULTS, check_removals
from tests.faulted import Haste, Port
from tests.property.behind import Stranger, Truth, read
from tests.property.company import HIDES_MEMBERS, Company
from tests.property.judging import Judge, Planned

PARTS = ("/Users", "/Groups", "/Groups/*")
#: Faults after which a list cannot be taken for whole.
CUTS = (
    "row-lost",
    "row-twice",
    "total-more",
    "status-500",
    "reset-before",
    "truncated-at-40",
    "answer-html",
    "answer-empty",
    "error-malformed",
)
_PORT = Port()


@dataclass
class Life:
    """`acts` counts what was done, for the report."""

    company: Company
    shell: Shell
    acts: Counter[str] = field(default_factory=Counter)
    old: list[Planned] = field(default_factory=list)
    last: str = ""  # what the last apply printed
    _plans: int = 0

    @classmethod
    def begin(cls, company: Company, directory: Path) -> Life:
        if not _PORT.number:
            _PORT.listen()
        shell = Shell(directory, haste=Haste())
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": "a-token",
            "RECONCILER_CREDENTIAL_BOX_HOSTS": f"127.0.0.1:{_PORT.number}",
        }
        (directory / "policies").mkdir()
        return cls(company, shell)

    # What goes on around us.

    @contextmanager
    def stranger(self) -> Iterator[tuple[Stranger, Truth]]:
        """The second writer, who sees everything."""
        with self._behind() as http:
            yield Stranger(http), read(http)

    def truth(self) -> Truth:
        with self._behind() as http:
            return read(http)

    @contextmanager
    def _behind(self) -> Iterator[httpx.Client]:
        with (
            _PORT.provider(self._database, profile="rfc7644"),
            httpx.Client(base_url=_PORT.url, trust_env=False) as http,
        ):
            yield http

    @property
    def _database(self) -> Path:
        return self.shell.directory / "provider.db"

    def _run(self, *args: str, script: Script | None = None) -> tuple[Ran, Counter[str]]:
        """A command of ours, with what it sent, against the provider as it shows itself to us."""
        self.shell.write("manifests/all.yaml", self.company.documents())
        self.shell.write("manifests/target.yaml", self.company.target(_PORT.url))
        profile = self.company.profile
        with _PORT.provider(self._database, profile=profile, script=script) as seen:
            ran = self.shell.run(*args)
            return ran, Counter(request.method for request in seen)

    def _judge(self) -> Judge:
        return Judge(self.company, self.shell.now.date())

    # What we do.

    def plan(self, cut: tuple[str, str] | None = None) -> Planned | None:
        """Plan and save; None where nothing could be read. `cut`: a part, and how it fails."""
        before = self.truth()
        self._plans += 1
        file = f"plan-{self._plans}.json"
        script = None if cut is None else _script(*cut)
        ran, sent = self._run("plan", "-o", file, "--format", "json", script=script)
        self.acts["plan" if cut is None else "plan after an incomplete read"] += 1
        assert set(sent) <= {"GET"}, f"a plan has sent {sent}"
        if not (self.shell.directory / file).exists():
            assert cut is not None and ran.code == 1, ran.err
            return None
        plan = ran.data["plan"]
        if plan["gaps"]:
            assert cut is not None or self.company.profile in HIDES_MEMBERS, plan["gaps"]
            check_removals(ran, str(cut))
            self.acts["plans with gaps"] += 1
        blocked = bool(ran.data["verdict"]["violations"])
        assert ran.code == (1 if plan["gaps"] else 3 if blocked else 0), ran.err
        assert before == self.truth(), "a plan has written"
        planned = Planned(file, plan, blocked, before)
        self._judge().plan(planned)
        self.old.append(planned)
        if cut is None:
            assert ran.out == self._run("plan", "--format", "json")[0].out, "other bytes"
        return planned

    def apply(self, planned: Planned) -> int:
        """Carry a plan out, of whatever age, with the words that it needs; its exit code."""
        before = self.truth()
        ran, _ = self._run("apply", planned.file, "--format", "json")
        if ran.code == 3:
            assert self.truth() == before, "a plan that was blocked has written"
            tokens = re.findall(r"--acknowledge ([0-9a-f]{12})", ran.out + ran.err)
            given = [word for token in tokens for word in ("--acknowledge", token)]
            self.acts["acknowledgements"] += len(tokens)
            because = ("--because", "a test") if tokens else ()
            ran, _ = self._run("apply", planned.file, "--format", "json", *given, *because)
        else:
            assert not planned.blocked, "what was blocked was carried out without a word"
        self.last = ran.out + ran.err
        self.acts[f"apply: exit code {ran.code}"] += 1
        after = self.truth()
        outcomes = json.loads(ran.out)["outcomes"] if ran.code in {0, 5} else []
        if not outcomes:
            assert after == before, (ran.code, ran.out, ran.err)
        else:
            hashes = sorted(change["hash"] for change in planned.plan["changes"])
            assert sorted(outcome["hash"] for outcome in outcomes) == hashes
        self._judge().apply(planned, outcomes, before, after)
        self.acts.update(f"change: {outcome['status']}" for outcome in outcomes)
        return ran.code

    def settle(self) -> None:
        """Plan and apply, undisturbed: all is as Git has it, and there is nothing left to do."""
        planned = self.plan()
        assert planned is not None
        open_ = self._judge().undecided(planned.truth)
        code = self.apply(planned)
        if open_:
            self.acts["settled but for what is contested"] += 1
            return
        assert code == 0, self.last
        self._judge().settled(self.truth())
        again = self.plan()
        assert again is not None
        assert again.plan["changes"] == [], again.plan["changes"]
        self.acts["settled"] += 1


def _script(part: str, fault: str) -> Script:
    text = f"faults: [{{when: {{request: GET {part}}}, do: {{{FAULTS[fault]}}}}}]"
    script, found = read_script(text.encode(), "faults.yaml")
    assert found == ()
    return script

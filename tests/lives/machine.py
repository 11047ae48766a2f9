"""What we do, and the machine that lets everybody do what they may, in an order that is drawn."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.e2e.spoiling import FAULTS
from tests.lives.behind import Stranger, Truth
from tests.lives.company import MARKS
from tests.lives.evidence import Planned
from tests.lives.in_git import InGit
from tests.lives.lived import ANY, KEYS, TITLES, Lived
from tests.lives.spoiling import CUTS, OF_LISTS, PARTS, Cut
from tests.lives.strangers import Strangers, edit, move, pick
from tests.lives.wire import Death, Faults, Incident, Meddling, Moment, Stop

PROFILES = tuple(MARKS)
#: Answers that are lost on the way, and work that may have been done without one.
LOST = tuple(
    FAULTS[name]
    for name in (
        "reset-before",
        "reset-after",
        "503-after-work",
        "504-after-work",
        "truncated-at-0",
    )
)

#: Policies that let nothing pass without a word.
STRICT = dict.fromkeys(("attributeChanges", "deactivations", "memberRemovals", "creates"), 0)


def machine(profile: str, rules: Collection[str] = ()) -> type[RuleBasedStateMachine]:
    """A machine that lives with a provider of that profile, by these rules; by all without any."""
    every = {rule.function.__name__ for rule in Living.setup_state().rules}
    assert every >= set(rules), set(rules) - every
    off = dict.fromkeys(every - set(rules) if rules else ())
    return type(f"Life_{profile}", (Living,), {"profile": profile, **off})


class We(Lived):
    """The rules of our own commands."""

    @rule(stir=ANY)
    def we_plan_for_later(self, stir: int) -> None:
        self._stir(stir, "Envoy")
        self.life.plan()

    @rule(
        part=st.sampled_from(["/Users", *PARTS]),
        fault=st.sampled_from([*OF_LISTS, *CUTS]),
        late=st.booleans(),
        stir=ANY,
    )
    def we_apply_after_an_incomplete_read(
        self, part: str, fault: str, late: bool, stir: int
    ) -> None:
        self._stir(stir, "Head")
        planned = self.life.plan(cut=Cut(part, fault, late=late and part == "/Users"))
        if planned is not None:
            self.life.apply(planned)

    @rule(ago=st.integers(1, 4))
    def we_apply_an_old_plan(self, ago: int) -> None:
        self.life.apply(self._old(ago))
        self.life.acts["old plans"] += 1

    @rule(ago=st.integers(1, 4))
    def somebody_edits_a_plan(self, ago: int) -> None:
        """To take more away than was approved, or less: it is not what was reviewed."""
        planned = self._old(ago)
        if planned.changes:
            hashed = planned.changes[0]["hash"]
            edited = self.life.edit(
                planned, hashed, f"{hashed[:-1]}{'0' if hashed[-1] != '0' else '1'}"
            )
            assert self.life.attempt(edited, ()) == 6

    @rule(stir=ANY, more=ANY)
    def we_have_a_word_for_another_plan(self, stir: int, more: int) -> None:
        """Acknowledged changes are acknowledged, and no others: not by any other word."""
        usual, self.company.head.floors = self.company.head.floors, dict(STRICT)
        self._stir(stir, "Dame")
        released = self._planned()
        self._stir(more, "Duke")
        planned = self._planned()
        self.life.attempt(released, ())
        given = self.life.words() or ("0" * 12,)
        if not planned.violated <= released.violated and self.life.attempt(planned, ()) == 3:
            code = self.life.attempt(planned, given)
            assert code == 3, "released by words for another plan"
            self.life.acts["words for another plan"] += 1
        self.company.head.floors = usual

    @rule(number=st.integers(1, 12), user=ANY, group=ANY, title=TITLES, slow=st.booleans(), way=ANY)
    def somebody_writes_while_we_apply(
        self, number: int, user: int, group: int, title: str | None, slow: bool, way: int
    ) -> None:
        self._stir(user, f"Chief {number}")

        def act(stranger: Stranger, truth: Truth) -> None:
            match way % 4:
                case 0:
                    edit(stranger, truth, user, title, active=user % 2 == 0)
                case 1:
                    move(stranger, truth, group, user, comes=user % 2 == 0)
                case 2 if truth.groups:
                    stranger.delete("group", pick(truth.groups, group))
                case 3 if truth.users:
                    stranger.delete("user", pick(truth.users, user))
                case _:
                    pass  # there is nobody

        self._apply_with(Meddling(number, act, slow=slow and self.company.narrow))

    @rule(
        write=st.integers(1, 6),
        moment=st.sampled_from(list(Moment)),
        go_on=st.booleans(),
        stir=ANY,
    )
    def we_die_while_we_apply(self, write: int, moment: Moment, go_on: bool, stir: int) -> None:
        """And go on: with the same plan, or with a new one at once."""
        self._stir(stir, "Dean")
        planned = self._apply_with(Death(write, moment))
        if go_on:
            self.life.apply(planned)
        self.life.settle()

    @rule(write=st.integers(1, 6))
    def our_time_is_up(self, write: int) -> None:
        self._apply_with(Stop(write))

    @rule(write=st.integers(1, 6), lost=st.sampled_from(LOST), stir=ANY)
    def an_answer_is_lost(self, write: int, lost: str, stir: int) -> None:
        self._stir(stir, "Rector")
        self._apply_with(Faults(f'request: WRITE *, nth: "{write}"', lost))

    @rule(canary=st.integers(1, 4))
    def we_send_a_few_first(self, canary: int) -> None:
        self.life.apply(self._planned(), canary=canary)
        self.life.acts["canaries"] += 1

    @rule(carry_out=st.booleans())
    def we_undo(self, carry_out: bool) -> None:
        planned = self.life.undo()
        if planned is not None and carry_out:
            self.life.apply(planned)

    @rule(key=KEYS, command=st.sampled_from(["drift", "explain", "validate", "show", "ledger"]))
    def we_look(self, key: str, command: str) -> None:
        match command:
            case "explain":
                self.life.look("explain", f"user:{key}", "box")
            case "show":
                self.life.look("show", self._old(1).file)
            case "ledger":
                self.life.look("ledger", "show", "box")
            case _:
                self.life.look(command)

    @rule()
    def we_settle(self) -> None:
        self.life.settle()

    def _stir(self, number: int, title: str | None) -> None:
        """Small edits to two people, so that there is something to do: what they are, where."""
        people, teams = self.company.people, sorted(self.company.teams)
        for way, key in enumerate(pick(people, number + step) for step in (0, 1)):
            match (number + way) % 4:
                case 0:
                    people[key].enabled = not people[key].enabled
                case 1:
                    people[key].title = title
                case 2 if teams:
                    team = self.company.teams[teams[number % len(teams)]]
                    team.members ^= {key}
                    team.until.pop(key, None)
                case _:
                    self.company.assigned ^= {key}

    def _old(self, ago: int) -> Planned:
        return self.life.old[-min(ago, len(self.life.old))]

    def _apply_with(self, incident: Incident) -> Planned:
        planned = self._planned()
        self.life.apply(planned, incident=incident)
        return planned

    def _planned(self) -> Planned:
        planned = self.life.plan()
        assert planned is not None
        return planned


class Living(InGit, Strangers, We):
    """All of it."""

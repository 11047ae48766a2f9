"""One assertion about access, judged: it holds, it is broken and by whom, or nobody can say."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, assert_never

from reconciler.desired.conditions import UndeterminedResult
from reconciler.desired.roster import Reading, Roster, Silent
from reconciler.desired.suspects import Results
from reconciler.model.desired import Excluded, Provisioned, Reason, Undetermined
from reconciler.model.expectation import (
    Assertion,
    Disjoint,
    EveryMember,
    HasAccount,
    Inside,
    MemberCount,
    MemberOf,
    NoMember,
    NotMemberOf,
    Way,
)
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.show import plain
from reconciler.model.words import and_more, counted

#: As many people are named; of the others only how many they are is said.
NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Broken:
    """It does not hold. `wanted` and `found` are two halves of a sentence: "…, and …"."""

    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Whether it holds cannot be decided, and why."""

    wanted: str
    why: str


Answer = Broken | Doubtful | None  # None: it holds

_Say = Callable[[UserKey], Reason]


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges by one reading, which knows at least the suspects of what is asked."""

    reading: Reading
    results: Results

    def answer(self, assertion: Assertion) -> Answer:
        """Why an assertion does not hold; None when it does."""
        match assertion:
            case MemberOf():
                return self._member_of(assertion)
            case NotMemberOf():
                return self._not_member_of(assertion)
            case HasAccount():
                return self._has_account(assertion)
            case MemberCount():
                return self._member_count(assertion)
            case EveryMember(group=group, condition=condition):
                wanted = f"everybody in {group} should satisfy `{plain(condition)}`"
                return self._satisfied(wanted, group, condition, True, ("does not", "do not"))
            case NoMember(group=group, condition=condition):
                wanted = f"nobody in {group} should satisfy `{plain(condition)}`"
                return self._satisfied(wanted, group, condition, False, ("does", "do"))
            case Disjoint():
                return self._disjoint(assertion)
            case unknown:
                assert_never(unknown)

    def _member_of(self, assertion: MemberOf) -> Answer:
        user, group, way = assertion.user, assertion.group, assertion.through
        wanted = f"{user} should be in {group}{_by(way)}"
        roster = self.reading.roster(group)
        if isinstance(roster, Silent):
            return Doubtful(wanted, _told(roster.reason))
        if user in roster.uncertain:
            return Doubtful(wanted, _told(self.reading.why_uncertain(group, user)))
        if user not in roster.members:
            return Broken(wanted, f"is not: {_told(self.reading.why_not_in(group, user))}")
        if way is None or self.reading.leads(way, group, user):
            return None
        found = f"is, but not that way: {_told(self.reading.why_in(group, user))}"
        return Broken(wanted, found)

    def _not_member_of(self, assertion: NotMemberOf) -> Answer:
        user, group = assertion.user, assertion.group
        wanted = f"{user} should not be in {group}"
        roster = self.reading.roster(group)
        if isinstance(roster, Silent):
            return Doubtful(wanted, _told(roster.reason))
        if user in roster.members:
            return Broken(wanted, f"is: {_told(self.reading.why_in(group, user))}")
        if user in roster.uncertain:
            return Doubtful(wanted, _told(self.reading.why_uncertain(group, user)))
        return None if roster.unlisted is None else Doubtful(wanted, _told(roster.unlisted))

    def _has_account(self, assertion: HasAccount) -> Answer:
        negation = "" if assertion.wanted else "not "
        wanted = f"{assertion.user} should {negation}be provisioned"
        match self.reading.account(assertion.user):
            case Provisioned(reason=reason):
                return None if assertion.wanted else Broken(wanted, f"is: {_told(reason)}")
            case Excluded(reason=reason):
                return Broken(wanted, f"is not: {_told(reason)}") if assertion.wanted else None
            case Undetermined(reason=reason) | Silent(reason=reason):
                return Doubtful(wanted, _told(reason))
            case unknown:
                assert_never(unknown)

    def _member_count(self, assertion: MemberCount) -> Answer:
        group, least, most = assertion.group, assertion.at_least, assertion.at_most
        wanted = f"{group} should have {_range(least, most)}"
        roster = self.reading.roster(group)
        if isinstance(roster, Silent):
            return Doubtful(wanted, _told(roster.reason))
        sure = len(roster.members)
        possible = sure + len(roster.uncertain)
        too_many = most is not None and sure > most
        if too_many or (least is not None and possible < least):
            return Broken(wanted, self._held(group, roster))
        may_be_more = most is not None and possible > most
        if may_be_more or (least is not None and sure < least):
            perhaps = self._uncertain(group, roster.uncertain)
            return Doubtful(wanted, f"it has {sure}, and perhaps {perhaps}")
        if most is not None and roster.unlisted is not None:
            return Doubtful(wanted, _told(roster.unlisted))
        return None

    def _satisfied(
        self,
        wanted: str,
        group: GroupKey,
        condition: str,
        expected: bool,
        does: tuple[str, str],
    ) -> Answer:
        """Whether a condition comes to what is expected for everybody in a group."""
        roster = self.reading.roster(group)
        if isinstance(roster, Silent):
            return Doubtful(wanted, _told(roster.reason))
        results = {user: self.results.of(condition, user) for user in roster.members}
        breakers = [user for user, result in results.items() if result is (not expected)]
        if breakers:
            named = _named(breakers, lambda user: self.reading.why_in(group, user))
            return Broken(wanted, f"{_counted(len(breakers), does)}: {named}")
        failed = {u: r for u, r in results.items() if isinstance(r, UndeterminedResult)}
        if failed:
            at = self.reading.why_in
            named = _named(failed, lambda user: Reason(failed[user].reason, at(group, user).at))
            return Doubtful(wanted, f"the condition fails for {named}")
        # Whoever may be in it breaks nothing when the condition comes to the right thing for them.
        doubtful = [u for u in roster.uncertain if self.results.of(condition, u) is not expected]
        if doubtful:
            return Doubtful(wanted, f"in it is perhaps {self._uncertain(group, doubtful)}")
        return None if roster.unlisted is None else Doubtful(wanted, _told(roster.unlisted))

    def _disjoint(self, assertion: Disjoint) -> Answer:
        one, other = assertion.group, assertion.other
        wanted = f"nobody should be in both {one} and {other}"
        first, second = self.reading.roster(one), self.reading.roster(other)
        if isinstance(first, Silent):
            return Doubtful(wanted, _told(first.reason))
        if isinstance(second, Silent):
            return Doubtful(wanted, _told(second.reason))
        both = first.members & second.members
        if both:

            def why(user: UserKey) -> Reason:
                mine, theirs = (self.reading.why_in(group, user) for group in (one, other))
                return Reason(f"{_told(mine)}; {theirs.text}", theirs.at)

            return Broken(wanted, f"{_counted(len(both), ('is', 'are'))}: {_named(both, why)}")
        possible = (first.members | first.uncertain) & (second.members | second.uncertain)
        if possible:

            def doubt(user: UserKey) -> Reason:
                group = one if user in first.uncertain else other
                return self.reading.why_uncertain(group, user)

            return Doubtful(wanted, f"in both is perhaps {_named(possible, doubt)}")
        unlisted = first.unlisted or second.unlisted
        return None if unlisted is None else Doubtful(wanted, _told(unlisted))

    def _held(self, group: GroupKey, roster: Roster) -> str:
        if not roster.members:
            return "nobody is in it"
        named = _named(roster.members, lambda user: self.reading.why_in(group, user))
        return f"it has {len(roster.members)}: {named}"

    def _uncertain(self, group: GroupKey, users: Collection[UserKey]) -> str:
        return _named(users, lambda user: self.reading.why_uncertain(group, user))


def _named(users: Collection[UserKey], why: _Say) -> str:
    """A handful of people, each with the reason, and how many more there are."""
    first = sorted(users)[:NAMED]
    return and_more([f"{user} ({_told(why(user))})" for user in first], len(users))


def _told(reason: Reason) -> str:
    return reason.text if reason.at is None else f"{reason.text}, {reason.at}"


def _counted(number: int, verb: tuple[str, str]) -> str:
    return f"{number} {verb[number > 1]}"


def _range(least: int | None, most: int | None) -> str:
    if least == most:
        return f"exactly {_people(least)}"
    if most is None:
        return f"at least {_people(least)}"
    if least is None:
        return f"at most {_people(most)}"
    return f"{least} to {_people(most)}"


def _people(number: int | None) -> str:
    return counted(number or 0, "person", "people")


def _by(way: Way | Inside | None) -> str:
    match way:
        case None:
            return ""
        case Way.STATIC:
            return " by a line of it"
        case Way.RULE:
            return " by its memberRule"
        case Inside(group=inner):
            return f" through {inner}"
        case unknown:
            assert_never(unknown)

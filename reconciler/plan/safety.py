"""What a profile holds back whatever the policies say: a fact about the provider, not a wish.

=====================  ==============================================================  ===========
check                  trips                                                           released by
=====================  ==============================================================  ===========
provider-deletions     more people are to be deleted than one apply may delete there   a word
provider-group-share   more of one group is to leave than may leave at once            a word
provider-protected     something is taken from a group of the provider's own           nobody
=====================  ==============================================================  ===========
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from reconciler.model.attributes import DISPLAY_NAME
from reconciler.model.change import Delete, RemoveMembers, Update
from reconciler.model.identity import Kind, Subject
from reconciler.model.plan import Plan
from reconciler.model.policy import Violation
from reconciler.model.profile.clauses import Safety
from reconciler.model.words import counted
from reconciler.plan.diff import folded
from reconciler.plan.hashes import hashes_of

_CHECK = "see in the list who and why"


def unsafe(plan: Plan, safety: Safety) -> Iterator[Violation]:
    """Everything in a plan that its provider's profile holds back."""
    yield from _deletions(plan, safety)
    yield from _shares(plan, safety)
    yield from _protected(plan, safety)


def _deletions(plan: Plan, safety: Safety) -> Iterator[Violation]:
    gone = [c for c in plan.changes if isinstance(c, Delete) and c.kind is Kind.USER]
    if safety.deletions is not None and len(gone) > safety.deletions:
        people = counted(len(gone), "person", "people")
        yield Violation(
            "provider-deletions",
            f"{people} would be deleted; {safety.deletions:,} at a time are safe at this provider",
            f"{_CHECK}; delete the rest with later plans",
            hashes_of(gone),
        )


def _shares(plan: Plan, safety: Safety) -> Iterator[Violation]:
    share = safety.group_share
    for change in plan.changes:
        if share is None or not isinstance(change, RemoveMembers):
            continue
        # Rounded first: half of ten must not become four through a binary fraction.
        allowed = floor(round(share * change.held, 9))
        if len(change.members) > allowed:
            leaving = counted(len(change.members), "member", "members")
            yield Violation(
                f"provider-group-share:{change.key}",
                f"{leaving} of {change.held:,} would be removed from {change.key}; {allowed:,} at "
                f"a time are safe at this provider ({share * 100:.10g} %)",
                f"{_CHECK}; take the rest out with later plans",
                (change.hash,),
            )


def _protected(plan: Plan, safety: Safety) -> Iterator[Violation]:
    names = {name.casefold() for name in safety.protected_groups}
    if not names:
        return
    protected = {subject for subject, name in _group_names(plan) if name.casefold() in names}
    hit = [
        change
        for change in plan.changes
        if isinstance(change, Delete | RemoveMembers) and change.subject in protected
    ]
    if hit:
        groups = ", ".join(sorted({str(change.subject) for change in hit}))
        yield Violation(
            "provider-protected",
            f"this plan takes something from {groups}, a group of the provider's own",
            "leave it out of the manifests, or its members additive; the profile of the target "
            "names it in `safety.protectedGroups`",
            hashes_of(hit),
            releasable=False,
        )


def _group_names(plan: Plan) -> Iterator[tuple[Subject, str]]:
    """What each group of a plan is called, and was until a rename of the same plan."""
    for change in plan.changes:
        if change.kind is not Kind.GROUP:
            continue
        yield change.subject, change.name
        for part in change.changes if isinstance(change, Update) else ():
            if folded(part.path) == DISPLAY_NAME.folded:
                yield change.subject, str(part.before)

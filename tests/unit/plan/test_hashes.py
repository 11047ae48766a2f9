from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.change import AttributeChange, AttributeValue, Change, Step
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import (
    Cause,
    DesiredGroup,
    DesiredUser,
    DesiredValue,
    Provisioned,
    Reason,
    Undetermined,
)
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.mapping import Apply
from reconciler.model.note_code import NoteCode
from reconciler.model.path import Value, parse_path
from reconciler.model.profile import RFC7644
from reconciler.model.sealed import Seals
from reconciler.model.target import Deprovision, Removal
from reconciler.plan.hashes import change_hash, desired_fingerprint
from reconciler.plan.identity import target_identity
from tests.builders import (
    A_KEY,
    a_create,
    a_deactivation,
    a_deletion,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)
from tests.unit.plan.builders_plan import HERE, UNDETERMINED, a_group, a_person, a_target, excluded

BOX = target_identity(a_target(), RFC7644)
EVERY_KIND: list[Change] = [
    a_create(),
    an_update(),
    a_reactivation(),
    a_deactivation(),
    a_deletion(members=["a"]),
    an_addition(),
    a_removal(),
]


@pytest.mark.parametrize("change", EVERY_KIND, ids=lambda c: c.action)
def test_a_hash_says_what_not_when_nor_why(change: Change) -> None:
    otherwise = replace(
        change,
        cause=Cause.DRIFT,
        reason=Reason("another", Position("other.yaml", 1)),
        step=Step.FREE,
        name="called otherwise",
        irreversible="now it is",
        hash="whatever",
    )
    assert change_hash(BOX, otherwise) == change_hash(BOX, change)
    assert change_hash(BOX, change).startswith("sha256:")


@pytest.mark.parametrize("change", EVERY_KIND, ids=lambda c: c.action)
def test_a_hash_covers_target_subject_and_resource(change: Change) -> None:
    elsewhere = target_identity(a_target(base_url="https://other.example"), RFC7644)
    hashes = {
        change_hash(BOX, change),
        change_hash(elsewhere, change),
        change_hash(replace(BOX, name="other"), change),
        change_hash(BOX, replace(change, key="other")),
        change_hash(BOX, replace(change, id=ResourceId("other"))),
    }
    assert len(hashes) == 5


SENT = AttributeValue("title", "Head")
BEFORE_AFTER = AttributeChange("title", "Lead", "Head")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (a_create(), replace(a_create(), values=(SENT,))),
        (an_update(), an_update(after="Chief")),
        (an_update(), an_update(before="Other")),
        (an_update(), replace(an_update(), adopts=True)),
        (a_reactivation(), replace(a_reactivation(), changes=(BEFORE_AFTER,))),
        (a_deletion(), replace(a_deletion(), seen=(SENT,))),
        (a_deletion(), a_deletion(members=["a"])),
        (an_addition(), an_addition(members=["e1", "e2"])),
        (an_addition(), replace(an_addition(), privileged=True)),
        (a_removal(), a_removal(members=["e1", "e2"])),
        (an_update(), replace(a_reactivation(), changes=an_update().changes)),
    ],
)
def test_doing_something_else_is_another_hash(one: Change, other: Change) -> None:
    assert change_hash(BOX, one) != change_hash(BOX, other)


def test_a_removal_stays_the_reviewed_one_when_others_join_the_group() -> None:
    assert change_hash(BOX, a_removal(held=10)) == change_hash(BOX, a_removal(held=11))


def test_a_target_is_known_by_name_address_profile_and_credential() -> None:
    identity = target_identity(a_target(), RFC7644)
    assert (identity.name, identity.profile) == ("box", "rfc7644")
    assert identity.base_url == "https://scim.example/v2"
    assert target_identity(a_target(base_url="https://scim.example/v2/"), RFC7644) == identity
    others = (
        a_target(base_url="https://scim.example/v3"),
        a_target(credential="other"),
        a_target(credential=None),
        replace(a_target(), profile="zpa"),
    )
    prints = {target_identity(other, RFC7644).fingerprint for other in others}
    assert len(prints | {identity.fingerprint}) == 5


KEEP = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)


def fingerprint(desired: DesiredUser | DesiredGroup, deprovision: Deprovision | None = None) -> str:
    return desired_fingerprint(desired, deprovision or Deprovision(), Seals())


def test_a_fingerprint_is_short_and_does_not_depend_on_words_lines_or_order() -> None:
    ada = a_person("ada", title="Head", department="x")
    there = Position("elsewhere.yaml", 99)
    moved = replace(
        ada,
        at=there,
        standing=Provisioned(Reason("other words", there)),
        values={
            path: DesiredValue(value.value, there)
            for path, value in reversed(list(ada.values.items()))
        },
    )
    assert fingerprint(moved) == fingerprint(ada)
    assert len(fingerprint(ada)) == 16
    assert int(fingerprint(ada), 16) >= 0


def test_a_fingerprint_covers_everything_that_git_wants() -> None:
    ada = a_person("ada", title="Head")
    once = {parse_path("title"): DesiredValue("Head", None, apply=Apply.ON_CREATE)}
    people = [
        fingerprint(ada),
        fingerprint(a_person("ada", title="Chief")),
        fingerprint(replace(ada, values={**ada.values, **once})),
        fingerprint(a_person("ada", UNDETERMINED)),
        fingerprint(a_person("ada", Undetermined(NoteCode.MAPPING_ERROR, UNDETERMINED.reason))),
        fingerprint(a_person("ada", excluded())),
        fingerprint(a_person("ada", excluded()), KEEP),
        fingerprint(a_person("ada", excluded(Cause.UNASSIGNED))),
        fingerprint(a_person("ada", replace(excluded(), managed=True))),
    ]
    assert len(set(people)) == len(people)
    assert fingerprint(ada) == fingerprint(ada, KEEP)

    ops = a_group("ops", "ada")
    groups = [
        fingerprint(ops),
        fingerprint(a_group("ops", "ada", "bob")),
        fingerprint(a_group("ops", "ada", nested=["net"])),
        fingerprint(a_group("ops", "ada", undetermined=["bob"])),
        fingerprint(a_group("ops", "ada", undetermined_nested=["net"])),
        fingerprint(a_group("ops", "ada", members_managed=False)),
        fingerprint(a_group("ops", "ada", membership=MembershipMode.ADDITIVE)),
    ]
    assert len(set(groups)) == len(groups)


def test_a_profile_that_changed_since_is_another_target() -> None:
    changed = replace(RFC7644, overrides=(("members_per_patch", "5"),))
    assert target_identity(a_target(), changed).fingerprint != BOX.fingerprint


def test_a_fingerprint_does_not_change_with_what_is_written_on_creation_only() -> None:
    """A moment or a random number would make Git change its mind with every plan."""

    def stamped(value: Value) -> DesiredUser:
        ada = a_person("ada")
        once = DesiredValue(value, HERE, Apply.ON_CREATE)
        return replace(ada, values={**ada.values, parse_path("title"): once})

    assert fingerprint(stamped("1/1/2026")) == fingerprint(stamped("1/2/2026"))
    assert fingerprint(stamped("1/1/2026")) != fingerprint(a_person("ada"))


def test_a_hidden_value_is_in_a_fingerprint_as_its_seal() -> None:
    hiding = Seals(A_KEY, "box", {Kind.USER: frozenset({parse_path("title")})})
    ada, other = a_person("ada", title="x"), a_person("ada", title="y")
    printed = desired_fingerprint(ada, Deprovision(), hiding)
    assert printed != fingerprint(ada)
    assert printed != desired_fingerprint(other, Deprovision(), hiding)
    assert printed == desired_fingerprint(ada, Deprovision(), hiding)

from __future__ import annotations

from reconciler.model.attributes import EXTERNAL_ID, USER_NAME
from reconciler.model.desired import MatchKey
from reconciler.model.identity import Kind
from reconciler.model.note_code import NoteCode
from reconciler.model.path import parse_path
from reconciler.model.plan import Note, NoteKind
from tests.unit.plan.builders_plan import (
    HERE,
    LOOKUP,
    MARKED_GROUPS,
    UNDETERMINED,
    a_declared,
    a_group,
    a_person,
    a_target,
    address,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    message,
    notes,
    plan_of,
    remembering,
    wanting,
)

MARKED = a_target(groups=MARKED_GROUPS)


def mark(key: str) -> str:
    return f"reconciler:org/people/box:{key}"


def test_names_match_without_case_and_composition() -> None:
    zoe = a_person("zoe", user_name="Zoë@Zone.example")
    live = live_user("u-1", "ZOE\u0308@zone.EXAMPLE")
    assert does(plan_of(wanting(zoe), holding(live))) == []


def test_our_mark_finds_the_group_even_after_a_rename_by_hand() -> None:
    live = live_group("g-1", name="Renamed", externalId=mark("ops"))
    plan = plan_of(wanting(a_group("ops")), holding(live), target=MARKED)
    assert does(plan) == ["update group:ops displayName: 'Renamed' -> 'Ops'"]


def test_a_group_that_is_renamed_in_git_is_found_by_its_former_name() -> None:
    ops = a_group("ops", name="ZPA Ops", formerly=["ZPA Operators"])
    plan = plan_of(wanting(ops), holding(live_group("g-1", name="zpa operators")))
    assert does(plan) == ["update group:ops displayName: 'zpa operators' -> 'ZPA Ops'"]


def test_the_recorded_id_finds_somebody_whose_name_changed() -> None:
    ada = a_person("ada", user_name="lovelace@zone.example")
    memory = remembering(links={"user:ada": "u-1"})
    plan = plan_of(wanting(ada), holding(live_user("u-1", "ada@zone.example")), memory=memory)
    assert does(plan) == ["update user:ada userName: 'ada@zone.example' -> 'lovelace@zone.example'"]


def test_a_recorded_id_that_no_longer_exists_is_forgotten() -> None:
    memory = remembering(links={"user:ada": "u-gone"})
    assert does(plan_of(wanting(a_person("ada")), holding(live_user("u-ada")), memory=memory)) == []


def test_a_mark_beats_what_was_recorded() -> None:
    memory = remembering(links={"group:ops": "g-2", "group:net": "g-1"})
    live = holding(
        live_group("g-1", name="Ops", externalId=mark("ops")),
        live_group("g-2", name="Net", externalId=mark("net")),
    )
    plan = plan_of(wanting(a_group("ops"), a_group("net")), live, target=MARKED, memory=memory)
    assert (does(plan), notes(plan)) == ([], [])


def test_the_object_id_finds_somebody_whose_name_changed() -> None:
    ada = a_person("ada", user_name="lovelace@zone.example", object_id="o-1")
    live = live_user("u-1", "ada@zone.example", externalId="o-1")
    assert does(plan_of(wanting(ada), holding(live))) == [
        "update user:ada userName: 'ada@zone.example' -> 'lovelace@zone.example'"
    ]


def test_a_reused_user_name_never_takes_over_somebodys_account() -> None:
    new = a_person("ada2", user_name="ada@zone.example", object_id="o-2")
    old = live_user("u-1", "ada@zone.example", externalId="o-1")
    plan = plan_of(wanting(new), holding(old))
    # Neither is the new one made, nor the old one removed for want of a manifest.
    assert does(plan) == []
    assert plan.notes == (
        Note(
            NoteKind.CONFLICT,
            NoteCode.IDENTITY_DIFFERS,
            Kind.USER,
            "ada2",
            "Ada2",
            "ada@zone.example (u-1) has the same name and another externalId, so it is somebody "
            "else's and not taken over; if it is the same one, declare its id as `objectId`",
            HERE,
        ),
    )


def test_an_account_that_the_ledger_knows_is_not_taken_over_by_its_name() -> None:
    """Also where no object id tells the leaver and the joiner apart."""
    new = a_person("ada2", user_name="ada@zone.example")
    memory = remembering(links={"user:ada": "u-1"})
    plan = plan_of(wanting(new), holding(live_user("u-1", "ada@zone.example")), memory=memory)
    assert does(plan) == []
    assert notes(plan) == [("name-taken", "user:ada2")]
    assert message(plan, "name-taken") == (
        "its userName is still taken by ada, so it waits until that is free; if both are one and "
        "the same, keep the key, and if not, rename or delete the live one at the provider"
    )


def test_a_group_that_is_declared_under_another_key_keeps_its_live_group() -> None:
    memory = remembering(links={"group:ops": "g-1"})
    renamed = a_group("operations", name="Ops")
    assert (
        does(plan_of(wanting(renamed), holding(live_group("g-1", name="Ops")), memory=memory)) == []
    )


def test_a_name_without_an_object_id_beside_it_is_taken_as_the_same_person() -> None:
    ada = a_person("ada", object_id="o-1")
    plan = plan_of(wanting(ada), holding(live_user("u-ada")))
    assert does(plan) == ["update user:ada externalId: None -> 'o-1'"]


def test_object_ids_compare_exactly() -> None:
    ada = a_person("ada", object_id="ABC")
    plan = plan_of(wanting(ada), holding(live_user("u-ada", externalId="abc")))
    assert notes(plan) == [("identity-differs", "user:ada")]


def test_values_that_hit_two_live_resources_are_a_conflict_with_the_candidates() -> None:
    ada = a_person(
        "ada",
        match=(
            MatchKey(USER_NAME, address("ada"), 1),
            MatchKey(parse_path("nickName"), "countess", 2),
        ),
    )
    live = holding(live_user("u-1", address("ada")), live_user("u-2", nickName="Countess"))
    plan = plan_of(wanting(ada), live)
    assert (does(plan), notes(plan)) == ([], [("ambiguous-match", "user:ada")])
    assert message(plan, "ambiguous-match") == (
        f"2 live resources match: {address('ada')} (u-1), {address('2')} (u-2)"
    )


def test_two_groups_with_one_name_are_a_conflict_for_whoever_means_one_of_them() -> None:
    twins = holding(live_group("g-1", name="Ops"), live_group("g-2", name="OPS"))
    assert notes(plan_of(wanting(a_group("ops")), twins)) == [("ambiguous-match", "group:ops")]


def test_two_keys_that_hit_one_resource_are_a_conflict_for_both() -> None:
    ada = a_person("ada", user_name="ada@zone.example", title="x")
    twin = a_person("twin", user_name="ADA@zone.example", title="y")
    plan = plan_of(wanting(ada, twin), holding(live_user("u-1", "ada@zone.example")))
    assert does(plan) == []
    assert notes(plan) == [("contested-match", "user:ada"), ("contested-match", "user:twin")]
    assert {note.message for note in plan.notes} == {
        "ada@zone.example (u-1) also matches twin",
        "ada@zone.example (u-1) also matches ada",
    }


def test_two_proofs_for_one_resource_are_a_conflict_for_both() -> None:
    ada = a_person("ada", user_name="a@zone.example")
    bob = a_person("bob", user_name="b@zone.example", object_id="o-bob")
    live = live_user("u-1", "x@zone.example", externalId="o-bob")
    memory = remembering(links={"user:ada": "u-1"})
    plan = plan_of(wanting(ada, bob), holding(live), memory=memory)
    assert does(plan) == []
    assert notes(plan) == [("contested-match", "user:ada"), ("contested-match", "user:bob")]


def test_a_copied_mark_makes_no_orphan_of_whoever_has_the_object_id() -> None:
    live = holding(
        live_group("g-1", name="Ops", externalId="o-ops"),
        live_group("g-2", name="Net", externalId=mark("ops")),
    )
    plan = plan_of(wanting(a_group("ops", object_id="o-ops")), live)
    assert (does(plan), notes(plan)) == ([], [("ambiguous-match", "group:ops")])


def test_a_recorded_id_makes_no_orphan_of_whoever_has_the_object_id() -> None:
    ada = a_person("ada", user_name="a@zone.example", object_id="o-1")
    live = holding(
        live_user("u-1", "a@zone.example"), live_user("u-2", "b@zone.example", externalId="o-1")
    )
    memory = remembering(links={"user:ada": "u-1"})
    plan = plan_of(wanting(ada), live, memory=memory)
    assert (does(plan), notes(plan)) == ([], [("ambiguous-match", "user:ada")])


def test_a_name_that_leads_into_a_conflict_is_in_it() -> None:
    ada = a_person("ada", user_name="a@zone.example", object_id="o-1")
    bob = a_person("bob", user_name="b@zone.example", object_id="o-1")
    cyd = a_person("cyd", user_name="c@zone.example")
    live = live_user("u-1", "c@zone.example", externalId="o-1")
    plan = plan_of(wanting(ada, bob, cyd), holding(live))
    assert does(plan) == []
    assert notes(plan) == [
        ("contested-match", "user:ada"),
        ("contested-match", "user:bob"),
        ("contested-match", "user:cyd"),
    ]
    assert "c@zone.example (u-1) is in a conflict" in {note.message for note in plan.notes}


def test_two_resources_with_the_mark_of_one_key_are_a_conflict() -> None:
    copies = holding(
        live_group("g-1", externalId=mark("ops")), live_group("g-2", externalId=mark("ops"))
    )
    plan = plan_of(wanting(a_group("ops")), copies, target=MARKED)
    assert (does(plan), notes(plan)) == ([], [("ambiguous-match", "group:ops")])


def test_whoever_has_proof_takes_a_resource_out_of_the_reach_of_names() -> None:
    # Ada is renamed, and a new Ada gets her old name: two people, in the right order.
    old = a_person("ada", user_name="lovelace@zone.example", object_id="o-1")
    new = a_person("ada2", user_name="ada@zone.example", object_id="o-2")
    live = live_user("u-1", "ada@zone.example", externalId="o-1")
    assert does(plan_of(wanting(old, new), holding(live))) == [
        "update user:ada userName: 'ada@zone.example' -> 'lovelace@zone.example'",
        "create user:ada2",
    ]


def test_undetermined_people_claim_their_match_so_that_nothing_else_does() -> None:
    ada = a_person("ada", UNDETERMINED)
    other = a_person("other", user_name=address("ada"))
    plan = plan_of(wanting(ada, other), holding(live_user("u-ada")))
    assert does(plan) == []
    assert ("contested-match", "user:other") in notes(plan)


def test_an_undetermined_person_who_is_found_by_nothing_known_may_be_anybody() -> None:
    # Their mapping matches by two attributes, and only one of the values is known.
    half = a_person("ada", UNDETERMINED)
    declared = a_declared(match=("userName", "employeeNumber"))
    stranger = holding(live_user("u-bob"))
    assert does(plan_of(wanting(half), stranger, declared=declared)) == []
    assert does(plan_of(wanting(half), stranger)) == ["deactivate user:id:u-bob"]


def test_without_a_declared_mapping_what_is_known_has_to_do() -> None:
    target = a_target(users=LOOKUP)
    declared = a_declared()
    plan = plan_of(wanting(a_person("ada")), holding(), target=target, declared=declared)
    assert does(plan) == []


def test_a_multi_valued_attribute_matches_by_any_of_its_values() -> None:
    ada = a_person("ada", match=(MatchKey(parse_path("emails"), "b@zone.example", 1),))
    live = live_user("u-1", emails=[{"value": "a@zone.example"}, {"value": "b@zone.example"}])
    plan = plan_of(wanting(ada), holding(live))
    assert does(plan) == ["update user:ada userName: '1@zone.example' -> 'ada@zone.example'"]


def test_nobody_is_found_by_a_value_that_is_none() -> None:
    ada = a_person("ada", match=(MatchKey(EXTERNAL_ID, "", 1),))
    plan = plan_of(wanting(ada), holding(live_user("u-1")))
    assert "create user:ada" in does(plan)


def test_an_excluded_person_whose_account_is_not_ours_is_reported_and_left_alone() -> None:
    plan = plan_of(
        wanting(a_group("ops", standing=excluded())), holding(live_group("g-ops")), target=MARKED
    )
    assert (does(plan), notes(plan)) == ([], [("not-ours", "group:ops")])

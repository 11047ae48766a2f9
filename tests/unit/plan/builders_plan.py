"""Desired and actual states with one interesting detail, and the plan between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.attributes import DISPLAY_NAME, EXTERNAL_ID, MANAGER, USER_NAME
from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.declared import Declared, MembershipMode
from reconciler.model.desired import (
    Cause,
    Desired,
    DesiredGroup,
    DesiredReference,
    DesiredUser,
    DesiredValue,
    Excluded,
    MatchKey,
    Provisioned,
    Reason,
    Standing,
    Undetermined,
)
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, Kind, ResourceId, UserKey
from reconciler.model.ledger import Memory
from reconciler.model.mapping import Apply, AttributeMapping, Direct, MappingRule
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath, Json, Value, fold, parse_path
from reconciler.model.plan import Plan
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.resource import Actual, Listing, Members, Probed, Resource, Unread
from reconciler.model.target import (
    Ability,
    Deprovision,
    Exclusive,
    Handling,
    Manage,
    Marked,
    Ownership,
    Removal,
    Scope,
    Target,
)
from reconciler.plan.build import build_plan
from reconciler.plan.scene import Scene, set_scene
from reconciler.plan.selection import Selection, parse_selection

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HERE = Position("people.yaml", 7, 3)
TARGET_AT = Position("targets.yaml", 4, 5)

PROVISIONED = Provisioned(Reason("assigned by zpa-access", HERE))
UNDETERMINED = Undetermined(
    NoteCode.FILTER_UNDETERMINED, Reason("the filter could not be decided", HERE)
)
EVERYTHING = Selection()
NOTHING_KNOWN = Memory()

ALL = frozenset(Ability)
NOBODY_SAYS = "-"  # as somebody's manager: the mapping does not write it


def excluded(cause: Cause = Cause.DISABLED, *, managed: bool = False) -> Excluded:
    return Excluded(cause, Reason(f"excluded: {cause}", HERE), managed)


def a_handling(
    ownership: Ownership | None = None,
    *,
    manage: Manage = Manage.FULL,
    abilities: Iterable[Ability] = ALL,
    deprovision: Deprovision | None = None,
    mapping: str = "people",
) -> Handling:
    return Handling(
        manage=manage,
        abilities=frozenset(abilities),
        ownership=ownership or Exclusive(),
        mapping=mapping,
        filter=None,
        deprovision=deprovision or Deprovision(),
        at=TARGET_AT,
    )


LOOKUP = a_handling(manage=Manage.LOOKUP)
KEEP_GROUPS = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)
DELETE_GROUPS = Deprovision(Removal.KEEP, Removal.DELETE, Removal.DELETE, Removal.DELETE)
DELETE_USERS = Deprovision(Removal.DELETE, Removal.DELETE, Removal.DELETE, Removal.DELETE)
GROUPS = a_handling(deprovision=KEEP_GROUPS, mapping="groups")
MARKED_GROUPS = a_handling(Marked(), deprovision=DELETE_GROUPS, mapping="groups")


def a_target(
    *,
    users: Handling | None = None,
    groups: Handling | None = None,
    repository: str | None = "org/people",
    requests_per_second: float | None = None,
    base_url: str = "https://scim.example/v2",
    credential: str | None = "box",
) -> Target:
    return Target(
        name="box",
        profile="rfc7644",
        base_url=base_url,
        credential=credential,
        enabled=True,
        time_zone="UTC",
        scope=Scope.ASSIGNED,
        repository=repository,
        users=users or a_handling(),
        groups=groups or GROUPS,
        at=TARGET_AT,
        requests_per_second=requests_per_second,
    )


def values(given: Mapping[str, Value]) -> dict[AttributePath, DesiredValue]:
    return {parse_path(path): DesiredValue(value, HERE) for path, value in given.items()}


def naming(manager: str | None) -> dict[AttributePath, DesiredReference]:
    if manager == NOBODY_SAYS:
        return {}
    return {MANAGER: DesiredReference(None if manager is None else UserKey(manager), HERE)}


def address(key: str) -> str:
    return f"{key}@zone.example"


def a_person(
    key: str,
    standing: Standing = PROVISIONED,
    *,
    user_name: str | None = None,
    object_id: str | None = None,
    match: tuple[MatchKey, ...] | None = None,
    manager: str | None = NOBODY_SAYS,
    **more: Value,
) -> DesiredUser:
    """A declared person with a userName; `object_id` is written to externalId."""
    name = user_name or address(key)
    given: dict[str, Value] = {"userName": name, **more}
    if object_id is not None:
        given["externalId"] = object_id
    keeps = isinstance(standing, Provisioned) or (
        isinstance(standing, Excluded) and standing.managed
    )
    return DesiredUser(
        key=UserKey(key),
        name=key.title(),
        standing=standing,
        at=HERE,
        values=values(given) if keeps else {},
        references=naming(manager) if keeps else {},
        match=(MatchKey(USER_NAME, name, 1),) if match is None else match,
        identity=None if object_id is None else MatchKey(EXTERNAL_ID, object_id, 0),
    )


def a_group(
    key: str,
    *members: str,
    standing: Standing = PROVISIONED,
    name: str | None = None,
    formerly: Iterable[str] = (),
    nested: Iterable[str] = (),
    undetermined: Iterable[str] = (),
    undetermined_nested: Iterable[str] = (),
    membership: MembershipMode = MembershipMode.AUTHORITATIVE,
    members_managed: bool = True,
    privileged: bool = False,
    adopt: bool = False,
    object_id: str | None = None,
    **more: Value,
) -> DesiredGroup:
    display = name or key.title()
    given: dict[str, Value] = {"displayName": display, **more}
    if object_id is not None:
        given["externalId"] = object_id
    names = (display, *formerly)
    return DesiredGroup(
        key=GroupKey(key),
        name=display,
        standing=standing,
        at=HERE,
        values=values(given) if isinstance(standing, Provisioned) else {},
        match=tuple(MatchKey(DISPLAY_NAME, n, i) for i, n in enumerate(names, start=1)),
        identity=None if object_id is None else MatchKey(EXTERNAL_ID, object_id, 0),
        members_managed=members_managed,
        membership=membership,
        members=frozenset(map(UserKey, members)),
        nested=frozenset(map(GroupKey, nested)),
        undetermined=frozenset(map(UserKey, undetermined)),
        undetermined_nested=frozenset(map(GroupKey, undetermined_nested)),
        privileged=privileged,
        adopt=adopt,
    )


def wanting(*subjects: DesiredUser | DesiredGroup) -> Desired:
    users = {s.key: s for s in subjects if isinstance(s, DesiredUser)}
    groups = {s.key: s for s in subjects if isinstance(s, DesiredGroup)}
    return Desired("box", users, groups)


def _resource(
    kind: Kind, id: str, data: Mapping[str, Json], members: Members | None = None
) -> Resource:
    folded = fold(dict(data))
    assert isinstance(folded, dict)
    return Resource(ResourceId(id), kind, folded, members)


def live_user(id: str, user_name: str | None = None, **data: Json) -> Resource:
    return _resource(
        Kind.USER, id, {"id": id, "userName": user_name or address(id.removeprefix("u-")), **data}
    )


def live_group(
    id: str,
    *members: str,
    name: str | None = None,
    unread: str | None = None,
    absent: Iterable[str] | None = None,
    gap: str | None = None,
    **data: Json,
) -> Resource:
    """A live group; with `absent`, one whose members were asked for one by one."""
    present = frozenset(map(ResourceId, members))
    held: Members = Unread(unread) if unread else present
    if absent is not None:
        held = Probed(present, frozenset(map(ResourceId, absent)), gap)
    display = name or id.removeprefix("g-").title()
    return _resource(Kind.GROUP, id, {"id": id, "displayName": display, **data}, held)


def holding(
    *resources: Resource, users_gap: str | None = None, groups_gap: str | None = None
) -> Actual:
    users = {r.id: r for r in resources if r.kind is Kind.USER}
    groups = {r.id: r for r in resources if r.kind is Kind.GROUP}
    return Actual(Listing(users, users_gap), Listing(groups, groups_gap))


def a_declared(*, match: Iterable[str] = ("userName",)) -> Declared:
    """Declares the users' mapping, of which a plan needs what it matches by."""
    rules = tuple(
        MappingRule(parse_path(path), Direct(path), HERE, match=1, apply=Apply.ALWAYS)
        for path in match
    )
    unmatched = MappingRule(parse_path("title"), Direct("jobTitle"), HERE)
    mapping = AttributeMapping("people", Kind.USER, (*rules, unmatched), HERE)
    return Declared(mappings={"people": mapping})


def remembering(
    *plans: Plan, links: Mapping[str, str] | None = None, **more: Mapping[str, str]
) -> Memory:
    """What a ledger remembers once plans are carried out; creates got the id `new-KEY`."""
    found = {subject: ResourceId(live) for subject, live in (links or {}).items()}
    fingerprints = dict(more.get("fingerprints", {}))
    for plan in plans:
        for entry in plan.settled:
            subject = f"{entry.kind}:{entry.key}"
            found[subject] = entry.id or ResourceId(f"new-{entry.key}")
            fingerprints[subject] = entry.fingerprint
    return Memory(links=found, fingerprints=fingerprints)


def only(*texts: str) -> Selection:
    selection = parse_selection(texts)
    assert isinstance(selection, Selection)
    return selection


def scene_of(
    desired: Desired,
    actual: Actual,
    *,
    target: Target | None = None,
    profile: Profile = RFC7644,
    memory: Memory = NOTHING_KNOWN,
    as_of: datetime = NOON,
    declared: Declared | None = None,
) -> Scene:
    return set_scene(
        declared=declared or a_declared(),
        desired=desired,
        actual=actual,
        target=target or a_target(),
        profile=profile,
        memory=memory,
        as_of=as_of,
    )


def plan_of(
    desired: Desired,
    actual: Actual,
    *,
    target: Target | None = None,
    profile: Profile = RFC7644,
    memory: Memory = NOTHING_KNOWN,
    selection: Selection = EVERYTHING,
    as_of: datetime = NOON,
    declared: Declared | None = None,
) -> Plan:
    scene = scene_of(
        desired,
        actual,
        target=target,
        profile=profile,
        memory=memory,
        as_of=as_of,
        declared=declared,
    )
    return build_plan(scene, commit="c0ffee", selection=selection)


def told(change: Change) -> str:
    """A change in one line: `create user:ada`, `removeMembers group:ops -bob -id:u-7`."""
    more = ""
    match change:
        case AddMembers(members=members):
            more = "".join(f" +{key}" for key in members)
        case RemoveMembers(members=members):
            more = "".join(f" -{key}" for key in members)
        case Update(changes=parts) | Reactivate(changes=parts):
            more = "".join(f" {p.path}: {p.before!r} -> {p.after!r}" for p in parts)
        case SetReferences(references=references):
            more = "".join(f" {r.before} -> {r.after}" for r in references)
        case Create() | Deactivate() | Delete():
            pass
    return f"{change.action} {change.subject}{more}"


def does(plan: Plan) -> list[str]:
    """Everything that a plan does, in its order."""
    return [told(change) for change in plan.changes]


def notes(plan: Plan) -> list[tuple[str, str]]:
    """Every note as (code, subject)."""
    return [(note.code, str(note.subject)) for note in plan.notes]


def message(plan: Plan, code: str) -> str:
    """The text of the only note with a code."""
    (found,) = (note.message for note in plan.notes if note.code == code)
    return found


def unmarked(profile: Profile) -> Profile:
    """The profile of a provider that has no attribute for marks."""
    return replace(
        profile,
        users=replace(profile.users, mark=None),
        groups=replace(profile.groups, mark=None),
    )

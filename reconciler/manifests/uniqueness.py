"""Values that only one person or group may have, compared as providers compare them.

`userName` and `displayName` are unique without regard to case (RFC 7643 §4.1.1 and §4.2), and one
letter can be written in several ways, so names are compared in Unicode's NFC with case folded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from reconciler.manifests.names import Names
from reconciler.model.declared import Declared, Group, User
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.sameness import fold_text
from reconciler.model.source import OBJECT_ID, USER_PRINCIPAL_NAME


@dataclass(frozen=True, slots=True)
class _Claim:
    """Somebody has a value, written at a place."""

    value: object
    owner: str
    at: Position
    given: bool = False  # by a table that nobody could review

    def __str__(self) -> str:
        return f"{self.owner} ({self.at})"


def check_uniqueness(declared: Declared, names: Names) -> Iterator[Diagnostic]:
    """Sign-in names, names of groups and object ids that two have."""
    for first, other in _repeated(_sign_in_names(declared)):
        message = f"{first} and {other.owner} claim one `userPrincipalName`, now or formerly"
        hint = "case does not make a difference; is one of them a leaver?"
        yield _shared("duplicate-user-principal-name", message, hint, first, other)
    groups = declared.groups.values()
    for first, other in _repeated(chain.from_iterable(_group_names(g, names) for g in groups)):
        message = f"{first} and {other.owner} claim one name in `displayName` or `formerly`"
        hint = "case does not make a difference; rename one of them"
        yield error("duplicate-display-name", message, other.at, hint=hint)
    for first, other in _repeated(_object_ids(declared, names)):
        message = f"{first} and {other.owner} have the same `objectId`"
        hint = "copy each from the directory, or leave it out"
        yield _shared("duplicate-object-id", message, hint, first, other)
    for group in groups:
        yield from _former_names(group, names)


def _shared(code: str, message: str, hint: str, first: _Claim, other: _Claim) -> Diagnostic:
    """Two people with one value. Where a given table brought it, only those two are undecided."""
    if first.given or other.given:
        return warning(code, message, other.at, hint=hint)
    return error(code, message, other.at, hint=hint)


def _sign_in_names(declared: Declared) -> Iterator[_Claim]:
    for user in declared.users.values():
        written = user.attributes.get(USER_PRINCIPAL_NAME)
        if isinstance(written, str):  # a leaver's row may have none that can be read
            at = user.place(USER_PRINCIPAL_NAME)
            given = _given(declared, user, USER_PRINCIPAL_NAME)
            yield _Claim(fold_text(written), f"User {user.key}", at, given)
        former = {fold_text(name) for name in user.formerly} - {fold_text(str(written))}
        for name in sorted(former):
            yield _Claim(name, f"User {user.key}", user.place("formerly"))


def _given(declared: Declared, user: User, attribute: str) -> bool:
    """Whether a table that was given, and no manifest, says it."""
    if user.row is None or not user.fed(attribute):
        return False
    return declared.feeds[user.row.source].source.file is None


def _group_names(group: Group, names: Names) -> Iterator[_Claim]:
    """The group's name and its former ones, each once."""
    owner = f"Group {group.key}"
    current = fold_text(str(group.attributes["displayName"]))
    yield _Claim(current, owner, names.at("Group", group.key, "spec", "displayName"))
    seen = {current}
    for number, former in enumerate(group.formerly):
        if fold_text(former) not in seen:
            seen.add(fold_text(former))
            at = names.at("Group", group.key, "spec", "formerly", number)
            yield _Claim(fold_text(former), owner, at)


def _object_ids(declared: Declared, names: Names) -> Iterator[_Claim]:
    for user in declared.users.values():
        given = _given(declared, user, OBJECT_ID)
        at = user.place(OBJECT_ID)
        yield _Claim(user.attributes[OBJECT_ID], f"User {user.key}", at, given)
    for group in declared.groups.values():
        at = names.at("Group", group.key, "spec", OBJECT_ID)
        yield _Claim(group.attributes[OBJECT_ID], f"Group {group.key}", at)


def _repeated(claims: Iterable[_Claim]) -> Iterator[tuple[_Claim, _Claim]]:
    """Each later claim to a value beside the first, by file and line."""
    by_value: dict[object, list[_Claim]] = {}
    for claim in claims:
        by_value.setdefault(claim.value, []).append(claim)
    for same in by_value.values():
        first, *others = sorted(same, key=lambda claim: claim.at) if len(same) > 1 else same
        yield from ((first, other) for other in others)


def _former_names(group: Group, names: Names) -> Iterator[Diagnostic]:
    current = fold_text(str(group.attributes["displayName"]))
    for number, former in enumerate(group.formerly):
        if fold_text(former) == current:
            yield warning(
                "formerly-is-current",
                f"Group {group.key}: a name in `formerly` is the one that it has now",
                names.at("Group", group.key, "spec", "formerly", number),
                hint="remove it",
            )

"""Manifests over rows: who is declared in the end, and which of the two says what.

A manifest wins over a row, attribute by attribute, and each keeps its place. One thing no manifest
takes back: a leaver's row. Somebody without a `userPrincipalName` in their manifest stands on their
row; where no row speaks of them, they are not declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.manifests.names import Names
from reconciler.manifests.sources.people import People
from reconciler.model.declared import User
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.feed import Row
from reconciler.model.identity import UserKey
from reconciler.model.path import Value
from reconciler.model.period import Moment, Period
from reconciler.model.source import ACCOUNT_ENABLED, FROM, UNTIL, USER_PRINCIPAL_NAME


def join(
    written: Mapping[UserKey, User], read: Iterable[People], names: Names
) -> tuple[dict[UserKey, User], list[Diagnostic]]:
    """Everybody, in the order of their keys, and who is in two sources or in none."""
    rows: dict[UserKey, User] = {}
    found: list[Diagnostic] = []
    read = tuple(read)
    for people in read:
        for key, user in people.users.items():
            first = rows.setdefault(key, user)
            if first is not user:
                found.append(_in_two(first, user))
    users = dict(rows)
    for key, user in written.items():
        row = rows.get(key)
        if row is not None and row.row is not None:
            users[key] = _over(user, row, row.row)
        elif USER_PRINCIPAL_NAME in user.attributes:
            users[key] = user
        else:
            found.append(_nameless(user, names, sources=bool(read)))
    return dict(sorted(users.items())), found


def _in_two(first: User, second: User) -> Diagnostic:
    sources = " and ".join(sorted(u.row.source for u in (first, second) if u.row is not None))
    earlier, later = sorted((first.at, second.at))
    return error(
        "key-in-two-sources",
        f"{first.key} has a row in two sources, {sources}, first in {earlier}",
        later,
        hint="let one of them leave the person out, or give each another `prefix`",
    )


def _nameless(user: User, names: Names, *, sources: bool) -> Diagnostic:
    at = names.at("User", user.key, "spec")
    if not sources:
        message = f"User {user.key}: `spec.{USER_PRINCIPAL_NAME}` is missing"
        return error("missing-field", message, at, hint=f"add `{USER_PRINCIPAL_NAME}:`")
    message = f"User {user.key}: no source has a row of this person, so nobody is declared"
    hint = f"remove the manifest, or add `{USER_PRINCIPAL_NAME}:` if the person needs no source"
    return warning("no-row", message, at, hint=hint)


def _over(user: User, below: User, row: Row) -> User:
    """A manifest's user over a row's."""
    written = user.places.keys()
    left = {ACCOUNT_ENABLED} if row.left else set[str]()
    attributes = {
        **{name: value for name, value in user.attributes.items() if name in written},
        **{n: v for n, v in below.attributes.items() if n not in written or n in left},
    }
    period = Period(
        user.period.begins if FROM in written else below.period.begins,
        user.period.ends if UNTIL in written else below.period.ends,
    )
    return replace(
        user,
        attributes=dict(sorted(attributes.items())),
        period=period,
        row=replace(
            row,
            attributes=row.attributes - (written - left),
            overridden=dict(_overridden(user, below, row)),
        ),
    )


def _overridden(user: User, below: User, row: Row) -> Iterator[tuple[str, Value | Moment]]:
    """What the row says and the manifest says otherwise, sorted."""
    for name in sorted(row.attributes & user.places.keys()):
        mine, theirs = _said(user, name), _said(below, name)
        if mine != theirs:
            yield name, theirs


def _said(user: User, name: str) -> Value | Moment:
    if name == FROM:
        return user.period.begins
    return user.period.ends if name == UNTIL else user.attributes.get(name)

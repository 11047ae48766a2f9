"""Who is meant by what people type: `user:KEY`, `group:KEY`, a bare key or a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.desired.secrecy import redacted_by_mappings
from reconciler.model.declared import Declared
from reconciler.model.identity import GroupKey, Kind, Subject, UserKey
from reconciler.model.path import Value
from reconciler.model.show import show
from reconciler.model.source import USER_PRINCIPAL_NAME
from reconciler.model.suggestion import suggest
from reconciler.model.words import listed

FORMS: Final = "expected user:KEY, group:KEY, a key, a userPrincipalName or a displayName"


@dataclass(frozen=True, slots=True)
class SubjectError:
    """The text means nobody, or several; `hint` says what to write instead."""

    message: str
    hint: str
    several: bool = False


def find_subject(text: str, declared: Declared) -> Subject | SubjectError:
    """The declared user or group that `text` means.

    Keys count before userPrincipalNames, and those before display names; names compare without
    case. Only what means exactly one is taken.
    """
    form, colon, key = text.partition(":")
    if colon and form in set(Kind):
        return _by_key(Kind(form), key, declared)
    for found in (
        [s for s in _everybody(declared) if s.key == text],
        _named(text, USER_PRINCIPAL_NAME, declared),
        _named(text, "displayName", declared),
    ):
        if len(found) == 1:
            return found[0]
        if found:
            return ambiguous(text, [(subject, name_of(subject, declared)) for subject in found])
    return SubjectError(f"nobody is called {show(text)}", _near(text, declared))


def ambiguous(text: str, found: Sequence[tuple[Subject, str]]) -> SubjectError:
    """The text means several, each with its name."""
    named = listed([f"{subject} {show(name)}" for subject, name in found], most=10)
    said = f"{show(text)} means {len(found)} of them: {named}"
    return SubjectError(said, f"write one of them, as in {found[0][0]}", several=True)


def find_user(text: str, declared: Declared) -> UserKey | SubjectError:
    """The same, where only a person can be meant; `user:` may be left out."""
    people = Declared(users=declared.users, mappings=declared.mappings)
    found = find_subject(text, people)
    return UserKey(found.key) if isinstance(found, Subject) else found


def name_of(subject: Subject, declared: Declared) -> str:
    """What people call a declared user or group, as far as that may be shown."""
    names = _names(subject, declared, redacted_by_mappings(declared, subject.kind))
    return next(reversed(names), subject.key)


def _names(subject: Subject, declared: Declared, hidden: frozenset[str]) -> tuple[str, ...]:
    """The names that may be shown, the best last."""
    attributes = _attributes(subject, declared)
    values = (attributes.get(n) for n in (USER_PRINCIPAL_NAME, "displayName") if n not in hidden)
    return tuple(value for value in values if isinstance(value, str) and value)


def _by_key(kind: Kind, key: str, declared: Declared) -> Subject | SubjectError:
    known = [s.key for s in _everybody(declared) if s.kind is kind]
    if key in known:
        return Subject(kind, key)
    near = suggest(key, known)
    hint = FORMS if near is None else f"did you mean {kind}:{near}?"
    return SubjectError(f"no {kind} is declared as {show(key)}", hint)


def _everybody(declared: Declared) -> Iterable[Subject]:
    yield from (Subject(Kind.USER, key) for key in declared.users)
    yield from (Subject(Kind.GROUP, key) for key in declared.groups)


def _attributes(subject: Subject, declared: Declared) -> Mapping[str, Value]:
    if subject.kind is Kind.USER:
        return declared.users[UserKey(subject.key)].attributes
    return declared.groups[GroupKey(subject.key)].attributes


def _named(text: str, attribute: str, declared: Declared) -> list[Subject]:
    wanted = text.casefold()
    return [
        subject
        for subject in _everybody(declared)
        if isinstance(value := _attributes(subject, declared).get(attribute), str)
        and value.casefold() == wanted
    ]


def _near(text: str, declared: Declared) -> str:
    names: dict[str, Subject] = {}
    hidden = {kind: redacted_by_mappings(declared, kind) for kind in Kind}
    for subject in _everybody(declared):
        for name in (subject.key, *_names(subject, declared, hidden[subject.kind])):
            names.setdefault(name, subject)
    near = suggest(text, names)
    if near is None:
        return FORMS
    subject = names[near]
    return f"did you mean {subject} ({show(name_of(subject, declared))})?"

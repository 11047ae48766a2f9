"""What an expression is evaluated with on the command line: a sample, or a declared user.

A user at a target is seen as a plan sees them: with the target's default domain, roles and
`IsSoftDeleted`, with random values as they will be drawn, and without what a mapping redacts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import click

from reconciler.cli.failures import refusal
from reconciler.cli.key import key_for
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import target_named
from reconciler.desired.expressions import Context
from reconciler.desired.grounds import find_grounds
from reconciler.desired.secrecy import redacted_by_mappings
from reconciler.desired.subjects import source_user
from reconciler.model.declared import Declared
from reconciler.model.desired import Excluded
from reconciler.model.identity import Kind, UserKey
from reconciler.model.key import PUBLIC_KEY
from reconciler.model.path import AttributePath, Value
from reconciler.model.sealed import SECRET_BY_NATURE
from reconciler.model.show import show
from reconciler.model.source import IS_SOFT_DELETED, SourceType, source_type
from reconciler.model.suggestion import suggest
from reconciler.model.target import Target
from reconciler.plan.explain.subject import SubjectError, find_user

SET: Final = "--set"
_TRUTHS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Sample:
    """Attributes, circumstances, and the attributes that must not be shown.

    `sure`: random values are those that a plan would draw.
    """

    attributes: Mapping[str, Value]
    context: Context
    hidden: frozenset[str] = frozenset()
    sure: bool = False


def of_nobody(as_of: datetime) -> Sample:
    """No attributes, no target."""
    return Sample({}, Context(as_of, PUBLIC_KEY))


def of_user(user: str, declared: Declared, as_of: datetime) -> Sample:
    """A declared user, wherever."""
    key = _user(user, declared)
    return Sample(
        source_user(declared.users[key]).attributes,
        Context(as_of, PUBLIC_KEY),
        redacted_by_mappings(declared, Kind.USER),
    )


def at_target(
    target: str,
    user: str | None,
    attribute: AttributePath | None,
    *,
    declared: Declared,
    as_of: datetime,
    env: Mapping[str, str],
    state: StateDirectory,
) -> Sample:
    """A target's circumstances, and a declared user as the target's mappings see them.

    The value of an attribute that is secret by nature is only an example: nobody foresees it here.
    """
    found = target_named(target, declared, "--target")
    sure = user is not None and attribute is not None and attribute not in SECRET_BY_NATURE
    key = key_for(declared, found, env, state) if sure else PUBLIC_KEY
    profile = declared.profiles[found.profile]
    grounds = find_grounds(declared, found, profile, as_of=as_of, key=key)
    context = Context(as_of, key, found.default_domain, (found.name,))
    if user is None:
        return Sample({}, context)
    if attribute is not None:
        _check_mapped(attribute, found, declared)
    source = grounds.source_of_user(declared.users[_user(user, declared)])
    gone = isinstance(grounds.standing_of_user(source), Excluded)
    place = () if attribute is None else (attribute.folded,)
    return Sample(
        {**source.attributes, IS_SOFT_DELETED: gone},
        context.at(source.kind, source.key, *place),
        redacted_by_mappings(declared, Kind.USER),
        sure,
    )


def _check_mapped(attribute: AttributePath, target: Target, declared: Declared) -> None:
    mapping = declared.mappings.get(target.users.mapping or "")
    mapped = () if mapping is None else tuple(rule.target for rule in mapping.rules)
    if attribute not in mapped:
        near = suggest(attribute.text, [path.text for path in mapped])
        hint = f"did you mean {near}?" if near else f"mapped are {', '.join(map(str, mapped))}"
        said = f"no mapping of users at {target.name} writes {show(attribute.text)}; {hint}"
        raise click.BadParameter(said, param_hint="--attribute")


def _user(text: str, declared: Declared) -> UserKey:
    found = find_user(text, declared)
    if isinstance(found, SubjectError):
        raise refusal(found, "--user")
    return found


def written(settings: Sequence[str]) -> Mapping[str, Value]:
    """The attributes of `--set NAME=VALUE`."""
    texts: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise click.BadParameter(
                f"{show(setting)} gives nothing a value; expected NAME=VALUE", param_hint=SET
            )
        texts.setdefault(name, []).append(text)
    return {name: _value(name, given) for name, given in texts.items()}


def _value(name: str, texts: Sequence[str]) -> Value:
    """The value in the type that the attribute has in a manifest."""
    kept = tuple(text for text in texts if text)
    match source_type(Kind.USER, name):
        case SourceType.TEXTS:
            return kept or None
        case SourceType.ANY if len(texts) > 1:
            return kept or None
        case SourceType.BOOLEAN if kept and kept[-1].casefold() not in _TRUTHS:
            raise click.BadParameter(f"{name} takes true or false", param_hint=SET)
        case _ if len(texts) > 1:
            raise click.BadParameter(f"{name} takes one value", param_hint=SET)
        case SourceType.BOOLEAN:
            return _TRUTHS[kept[0].casefold()] if kept else None
        case _:
            return kept[0] if kept else None

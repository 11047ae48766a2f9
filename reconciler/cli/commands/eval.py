"""`reconciler eval`: one expression of a mapping, evaluated part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from reconciler.cli.loading import load_to_read
from reconciler.cli.options import MANIFESTS, SOURCES, format_option
from reconciler.cli.world import World
from reconciler.desired.expressions import (
    EvaluationFailure,
    ExpressionError,
    Program,
    compile_expression,
)
from reconciler.desired.subjects import source_user
from reconciler.manifests.sources.find import Given
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind
from reconciler.model.path import Value
from reconciler.model.show import show
from reconciler.model.source import (
    GROUP_ATTRIBUTES,
    IS_SOFT_DELETED,
    USER_ATTRIBUTES,
    SourceType,
    is_extension,
    source_type,
)
from reconciler.model.suggestion import suggest
from reconciler.plan.explain_subject import SubjectError, find_user
from reconciler.report.evaluation import as_tree, error_lines, evaluation_data, evaluation_lines
from reconciler.report.style import Tone

_SET: Final = "--set"
_TRUTHS: Final = {"true": True, "false": False}


@click.command("eval")
@click.argument("expression")
@MANIFESTS
@SOURCES
@click.option(
    "--user",
    metavar="KEY",
    default=None,
    help="Take the attributes of this declared user (a key, a userPrincipalName or a displayName).",
)
@click.option(
    _SET,
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give an attribute a value; nothing after `=` is no value. Repeated, it makes a list.",
)
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    expression: str,
    manifests: Path,
    sources: Given,
    user: str | None,
    settings: Sequence[str],
    output: str,
) -> ExitCode:
    """Evaluate EXPRESSION, written as in an attribute mapping, and show the value of each part.

    Exit code 4 when it is no expression, 1 when it fails for these attributes. Sends nothing.
    """
    program = compile_expression(expression)
    sample = _sample(settings)
    given = {**_declared(user, manifests, sources), **sample}
    if isinstance(program, ExpressionError):
        if output == "json":
            _print(world, evaluation_data(expression, {}, program))
        else:
            world.tell(error_lines(expression, program, world.error_style))
        return ExitCode.INVALID
    read = {name: given.get(name) for name in sorted(program.attributes)}
    world.tell(_warnings(program, given, sample, world))
    if IS_SOFT_DELETED in read and IS_SOFT_DELETED not in given:
        read[IS_SOFT_DELETED] = "False"
    whole = as_tree(program.trace(read))
    if output == "json":
        _print(world, evaluation_data(expression, read, whole))
    else:
        world.say(evaluation_lines(whole, world.style))
    return ExitCode.ERROR if isinstance(whole.result, EvaluationFailure) else ExitCode.OK


def _declared(user: str | None, manifests: Path, sources: Given) -> Mapping[str, Value]:
    if user is None:
        return {}
    declared = load_to_read(manifests, (), sources=sources).declared
    found = find_user(user, declared)
    if isinstance(found, SubjectError):
        raise click.BadParameter(f"{found.message}; {found.hint}", param_hint="--user")
    return source_user(declared.users[found]).attributes


def _sample(settings: Sequence[str]) -> Mapping[str, Value]:
    texts: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise click.BadParameter(
                f"{show(setting)} gives nothing a value; expected NAME=VALUE", param_hint=_SET
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
            raise click.BadParameter(f"{name} takes true or false", param_hint=_SET)
        case _ if len(texts) > 1:
            raise click.BadParameter(f"{name} takes one value", param_hint=_SET)
        case SourceType.BOOLEAN:
            return _TRUTHS[kept[0].casefold()] if kept else None
        case _:
            return kept[0] if kept else None


def _warnings(
    program: Program, given: Mapping[str, Value], sample: Mapping[str, Value], world: World
) -> Sequence[str]:
    mark = world.error_style.mark(Tone.CHANGE, "warning")
    known = {*USER_ATTRIBUTES, *GROUP_ATTRIBUTES, IS_SOFT_DELETED}
    found = []
    for name in sorted(program.attributes - given.keys()):
        if name == IS_SOFT_DELETED:
            found.append(f"{name} follows from the target; False is taken ({_SET} {name}=True)")
        elif name not in known and not is_extension(name):
            near = suggest(name, known)
            hint = "" if near is None else f"; did you mean [{near}]?"
            found.append(f"nobody can have an attribute {show(name)}{hint}")
    found += [
        f"the expression does not read {show(name)}"
        for name in sorted(sample.keys() - program.attributes)
    ]
    return [f"{mark}: {text}" for text in found]


def _print(world: World, data: dict[str, object]) -> None:
    world.say_data(data)

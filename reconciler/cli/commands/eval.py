"""`reconciler eval`: one expression of a mapping, evaluated part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import click

from reconciler.cli.loading import load_to_read
from reconciler.cli.options import AS_OF, MANIFESTS_AND_SOURCES, STATE_WITHOUT_LEDGER, format_option
from reconciler.cli.paths import TreePaths
from reconciler.cli.sample import SET, Sample, at_target, of_nobody, of_user, written
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.desired.expressions import (
    EvaluationFailure,
    ExpressionError,
    Program,
    compile_expression,
)
from reconciler.model.exit import ExitCode
from reconciler.model.path import AttributePath, PathError, Value, parse_path
from reconciler.model.sealed import HIDDEN, Held
from reconciler.model.show import show
from reconciler.model.source import GROUP_ATTRIBUTES, IS_SOFT_DELETED, USER_ATTRIBUTES, is_extension
from reconciler.model.suggestion import suggest
from reconciler.report.evaluation import as_tree, error_lines, evaluation_data, evaluation_lines


def _path(_: click.Context, parameter: click.Parameter, text: str | None) -> AttributePath | None:
    try:
        return None if text is None else parse_path(text)
    except PathError as exc:
        said = f"{show(text)} is no attribute path"
        raise click.BadParameter(said, param=parameter) from exc


@click.command("eval")
@click.argument("expression")
@MANIFESTS_AND_SOURCES
@STATE_WITHOUT_LEDGER
@click.option(
    "--user",
    metavar="KEY",
    default=None,
    help="Take the attributes of this declared user (a key, a userPrincipalName or a displayName).",
)
@click.option(
    "--target",
    metavar="NAME",
    default=None,
    help="As this target's mappings see it: default domain, roles, IsSoftDeleted.",
)
@click.option(
    "--attribute",
    metavar="PATH",
    default=None,
    callback=_path,
    help="For this attribute of --user at --target: random values are those that a plan draws.",
)
@click.option(
    SET,
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give an attribute a value; nothing after `=` is no value. Repeated, it makes a list.",
)
@AS_OF
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    expression: str,
    paths: TreePaths,
    state: StateDirectory,
    user: str | None,
    target: str | None,
    attribute: AttributePath | None,
    settings: Sequence[str],
    as_of: datetime,
    output: str,
) -> ExitCode:
    """Evaluate EXPRESSION, written as in an attribute mapping, and show the value of each part.

    What `Redact` hides in a plan is hidden here. Exit code 4 when it is no expression, 1 when it
    fails for these attributes. Sends nothing.
    """
    if attribute is not None and (user is None or target is None):
        raise click.UsageError("--attribute needs --user and --target")
    program = compile_expression(expression)
    if target is not None:
        sample = at_target(
            target,
            user,
            attribute,
            declared=load_to_read(paths).declared,
            as_of=as_of,
            env=world.env,
            state=state,
        )
    elif user is not None:
        sample = of_user(user, load_to_read(paths).declared, as_of)
    else:
        sample = of_nobody(as_of)
    own = written(settings)
    if isinstance(program, ExpressionError):
        if output == "json":
            world.say_data(evaluation_data(expression, {}, program))
        else:
            world.tell(error_lines(expression, program, world.error_style))
        return ExitCode.INVALID
    given = {**sample.attributes, **own}
    read = {name: given.get(name) for name in sorted(program.attributes)}
    for text in _warnings(program, sample, own):
        world.warn(text)
    if IS_SOFT_DELETED in read and IS_SOFT_DELETED not in given:
        read[IS_SOFT_DELETED] = "False"
    # What is written on the command line stands there for everybody to see.
    hidden = program.redacted | (sample.hidden - own.keys())
    whole = as_tree(program.trace(read, sample.context, hidden))
    if output == "json":
        world.say_data(evaluation_data(expression, _shown(read, hidden), whole))
    else:
        world.say(evaluation_lines(whole, world.style))
    return ExitCode.ERROR if isinstance(whole.result, EvaluationFailure) else ExitCode.OK


def _shown(read: Mapping[str, Value], hidden: frozenset[str]) -> Mapping[str, Held]:
    return {
        name: HIDDEN if name in hidden and value is not None else value
        for name, value in read.items()
    }


def _warnings(program: Program, sample: Sample, own: Mapping[str, Value]) -> Iterator[str]:
    known = {*USER_ATTRIBUTES, *GROUP_ATTRIBUTES, IS_SOFT_DELETED}
    for name in sorted(program.attributes - sample.attributes.keys() - own.keys()):
        if name == IS_SOFT_DELETED:
            yield f"{name} follows from the target; False is taken ({SET} {name}=True)"
        elif name not in known and not is_extension(name):
            near = suggest(name, known)
            hint = "" if near is None else f"; did you mean [{near}]?"
            yield f"nobody can have an attribute {show(name)}{hint}"
    for name in sorted(own.keys() - program.attributes):
        yield f"the expression does not read {show(name)}"
    if program.draws and not sample.sure:
        yield "random values are examples; those of a plan need --user, --target and --attribute"

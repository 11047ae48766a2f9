"""A fault script as YAML: checked whole, every finding with its place and what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Final, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from reconciler.documents import read_documents
from reconciler.documents.nodes import Map, Node, Plain, find
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.show import plain
from reconciler.model.suggestion import suggest
from reconciler.simulator.faults.quirk_values import Written, read_quirks
from reconciler.simulator.faults.script import (
    METHODS,
    WRITES,
    Action,
    Body,
    Delay,
    Distort,
    Fault,
    Hide,
    Meanwhile,
    Moment,
    Refuse,
    Replace,
    Reset,
    Revoke,
    Script,
    Trickle,
    Truncate,
    When,
    Write,
)
from reconciler.simulator.values import Json

_METHODS: Final = {
    "ANY": METHODS,
    "READ": METHODS - WRITES,
    "WRITE": WRITES,
    **{method: frozenset({method}) for method in METHODS},
}
_REQUEST: Final = re.compile(rf"({'|'.join(_METHODS)}) (\*|(?:/[A-Za-z0-9._*-]+)+)")
_NTH: Final = re.compile(r"([1-9]\d{0,8})(?:(-)([1-9]\d{0,8})?)?")
_RETRY_AFTER: Final = r"^(date:\d{1,6}|\d{1,6}(\.\d{1,3})?s?)$"
_WRITTEN: Final = r"^(/Users|/Groups)(/[A-Za-z0-9._-]+)?$"


class _Fields(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(  # type: ignore[pydantic-alias]  # YAML is validated, nobody calls the constructor
        extra="forbid", frozen=True, alias_generator=to_camel
    )


class _When(_Fields):
    request: str = Field(
        pattern=f"^{_REQUEST.pattern}$",
        description="a method (or READ, WRITE, ANY) and a path (or *), as in `PATCH /Groups/*`",
    )
    nth: str | None = Field(
        default=None,
        pattern=f"^{_NTH.pattern}$",
        description="which of them: `2`, `2-5` or `2-`",
    )


class _List(_Fields):
    total: int = Field(default=0, description="a whole number that is added to totalResults")
    lose: int = Field(default=0, ge=0, description="how many of its last rows are lost")
    repeat: int = Field(default=0, ge=0, description="how many of its first rows come twice")


def _json(node: Node) -> Json:
    """YAML as JSON: what is written without quotes is a boolean or a whole number where it can."""
    match node:
        case Map():
            return {name: _json(held) for name, held in node.items()}
        case list():
            return [_json(item) for item in node]
        case Plain("true" | "false"):
            return node == "true"
        case Plain() if re.fullmatch(r"-?(0|[1-9]\d{0,15})", node):
            return int(node)
        case None:
            return None
        case _:
            return str(node)


class _Write(_Fields):
    method: str = Field(pattern="^(POST|PUT|PATCH|DELETE)$", description="POST, PUT, PATCH, DELETE")
    path: str = Field(pattern=_WRITTEN, description="/Users, /Groups, or one of them with an id")
    name: str | None = Field(
        default=None, description="the userName or displayName that finds the resource"
    )
    body: Annotated[object, BeforeValidator(_json)] = Field(default=None, description="JSON")


class _Do(_Fields):
    status: int | None = Field(default=None, ge=400, le=599, description="a status from 400 to 599")
    body: Body = Field(default=Body.SCIM, description=f"one of {', '.join(Body)}")
    retry_after: str | None = Field(
        default=None, pattern=_RETRY_AFTER, description="`13`, `13s` or `date:13`"
    )
    after: bool = Field(default=False, description="true, if the work is done first")
    reset: Moment | None = Field(default=None, description="`before` or `after` the work")
    truncate: int | None = Field(default=None, ge=0, description="a number of bytes")
    delay: float | None = Field(default=None, ge=0, le=600, description="seconds, at most 600")
    trickle: float | None = Field(default=None, gt=0, le=600, description="seconds, at most 600")
    answer: Body | None = Field(default=None, description=f"one of {', '.join(Body)}")
    list: _List | None = Field(default=None, description="`total`, `lose`, `repeat`")
    hide: int | None = Field(default=None, ge=1, description="for how many reads")
    revoke: bool | None = Field(default=None, description="true")
    meanwhile: tuple[_Write, ...] | None = Field(default=None, description="a list of writes")


class _Fault(_Fields):
    when: _When = Field(description="`request`, and `nth`")
    do: _Do = Field(description="one thing to do")


class _Script(_Fields):
    quirks: dict[str, Written] = Field(
        default_factory=dict, description="fields of the profile with other values"
    )
    faults: tuple[_Fault, ...] = Field(default=(), description="a list of faults")


def read_script(text: bytes, file: str) -> tuple[Script, tuple[Diagnostic, ...]]:
    """The script, and everything that is wrong with it; with a finding it must not be played."""
    documents, found = read_documents(text, file)
    if found or len(documents) != 1:
        several = error(
            "fault-script", f"{file} holds {len(documents)} documents; expected one", hint=None
        )
        return Script(), found or (several,)
    (node,) = documents
    try:
        # Lists in YAML are lists, and pydantic makes the tuples.
        written = _Script.model_validate(node, strict=False)
    except ValidationError as invalid:
        return Script(), tuple(_finding(e["loc"], e["type"], node, file) for e in invalid.errors())
    quirks, wrong = read_quirks(written.quirks, node, file)
    unclear = tuple(_unclear(written.faults, node, file))
    if wrong or unclear:
        return Script(), (*wrong, *unclear)
    return Script(tuple(Fault(_when(f.when), _action(f.do)) for f in written.faults), quirks), ()


def _finding(loc: Sequence[str | int], kind: str, node: Map, file: str) -> Diagnostic:
    at, names, _ = find(node, loc)
    where = Position(file, *at)
    path = ".".join(map(str, loc))
    fields = _fields_at(loc[:-1])
    if kind == "extra_forbidden":
        near = suggest(str(loc[-1]), fields)
        hint = f"did you mean `{near}`?" if near else f"fields are {', '.join(sorted(fields))}"
        return error("unknown-field", f"`{plain(path)}` is not a known field", where, hint=hint)
    if kind == "missing":
        return error(
            "missing-field",
            f"`{plain(path)}` is missing",
            where,
            hint=f"expected {fields[str(loc[-1])]}",
        )
    wanted = _fields_at(names[:-1]).get(names[-1]) if names else None
    advice = None if wanted is None else f"expected {wanted}"
    return error("fault-script", f"`{plain(path)}` is not what was expected", where, hint=advice)


def _fields_at(loc: Sequence[str | int]) -> Mapping[str, str]:
    """The fields of the model that a path leads to, with what each expects."""
    models: Mapping[str, type[BaseModel]] = {
        "faults": _Fault,
        "when": _When,
        "do": _Do,
        "list": _List,
        "meanwhile": _Write,
    }
    model = next((models[s] for s in reversed(loc) if isinstance(s, str) and s in models), _Script)
    return {str(f.alias): str(f.description) for f in model.model_fields.values()}


def _unclear(faults: Sequence[_Fault], node: Map, file: str) -> Iterator[Diagnostic]:
    """Each `do` is one thing: `body`, `retryAfter` and `after` belong to `status`."""
    beside = {"body", "retry_after", "after"}
    for index, fault in enumerate(faults):
        given = fault.do.model_fields_set
        if len(given - beside) == 1 and ("status" in given or not given & beside):
            continue
        at = Position(file, *find(node, ("faults", index, "do"))[0])
        things = ", ".join(f"`{to_camel(name)}`" for name in sorted(given)) or "nothing"
        yield error(
            "fault-script",
            f"`faults.{index}.do` says {things}; expected one thing to do",
            at,
            hint="write a fault for each; `body`, `retryAfter` and `after` go with `status`",
        )


def _when(when: _When) -> When:
    request = _REQUEST.fullmatch(when.request)
    nth = _NTH.fullmatch(when.nth or "1-")
    assert request is not None  # noqa: S101  the schema has checked both
    assert nth is not None  # noqa: S101
    segments = tuple(request[2].strip("/").split("/"))
    path = None if request[2] == "*" else segments
    first = int(nth[1])
    last = int(nth[3]) if nth[3] else (None if nth[2] else first)
    return When(_METHODS[request[1]], path, first, last)


def _action(do: _Do) -> Action:
    moment = Moment.AFTER if do.after else Moment.BEFORE
    match do:
        case _Do(status=int(status)):
            return Refuse(status, do.body, do.retry_after, moment)
        case _Do(reset=Moment() as when):
            return Reset(when)
        case _Do(truncate=int(number)):
            return Truncate(number)
        case _Do(delay=float(seconds)):
            return Delay(seconds)
        case _Do(trickle=float(seconds)):
            return Trickle(seconds)
        case _Do(answer=Body() as body):
            return Replace(body)
        case _Do(list=_List(total=total, lose=lose, repeat=repeat)):
            return Distort(total, lose, repeat)
        case _Do(hide=int(reads)):
            return Hide(reads)
        case _Do(meanwhile=tuple(writes)):
            return Meanwhile(
                tuple(Write(w.method, w.path, w.name, cast("Json", w.body)) for w in writes)
            )
        case _:
            return Revoke()

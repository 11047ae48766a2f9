"""Graph's JSON as checked values, or what is wrong with it: schema, secrets, job.

Nothing raises, and no message repeats a value: secrets may stand in any of the three files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from reconciler.manifests.entra.shapes import Job, Schema, Secrets
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.path import Json
from reconciler.model.show import plain

MAX_BYTES: Final = 50_000_000
#: A call inside a call takes three levels; expressions may have a hundred of them.
MAX_DEPTH: Final = 350
_FAULTS: Final = 20

T = TypeVar("T")
#: The value, or the findings that say why there is none.
Read = tuple[T | None, tuple[Diagnostic, ...]]

_SCHEMA: Final = TypeAdapter(Schema)
_SECRETS: Final = TypeAdapter(Secrets)
_JOB: Final = TypeAdapter(Job)


def read_schema(data: bytes, file: str) -> Read[Schema]:
    """A synchronizationSchema: bare, as a PUT body, as the portal saves it, or in a wrapper."""
    hint = "export it with GET …/synchronization/jobs/{id}/schema, or from the portal"
    return _read(
        data, file, _SCHEMA, ("synchronizationRules", "schema", "synchronizationSchema"), hint
    )


def read_secrets(data: bytes, file: str) -> Read[Secrets]:
    """The secrets of a job: `{"value": [{"key": …, "value": …}]}`, or the list alone."""
    hint = 'expected {"value": [{"key": "BaseAddress", "value": "https://…"}]}'
    return _read(data, file, _SECRETS, ("value",), hint)


def read_job(data: bytes, file: str) -> Read[Job]:
    """A synchronizationJob, or a list with the one job that there is."""
    hint = "export it with GET …/synchronization/jobs/{id}"
    return _read(data, file, _JOB, ("templateId", "value"), hint)


def _read(
    data: bytes, file: str, shape: TypeAdapter[T], keys: tuple[str, ...], hint: str
) -> Read[T]:
    parsed = _json(data, file)
    if isinstance(parsed, Diagnostic):
        return None, (parsed,)
    found = _unwrapped(parsed, keys)
    if found is None:
        name = plain(file)
        message = f"{name} has no `{keys[0]}`, so it is not what is wanted here"
        return None, (error("not-entra", message, hint=hint),)
    try:
        return shape.validate_python(found), ()
    except ValidationError as invalid:
        faults = invalid.errors(include_url=False, include_context=False, include_input=False)
        return None, tuple(
            error("wrong-shape", f"{plain(file)}, {_place(f['loc'])}: {_said(f['msg'])}")
            for f in faults[:_FAULTS]
        )


def _unwrapped(parsed: Json, keys: tuple[str, ...]) -> Json:
    """What holds the first of `keys`, which may stand behind one of the others."""
    first, *others = keys
    if isinstance(parsed, list):
        if first == "value":
            return {"value": parsed}
        return _unwrapped(parsed[0], keys) if len(parsed) == 1 else None
    if not isinstance(parsed, Mapping):
        return None
    if first in parsed:
        return parsed
    return next((_unwrapped(parsed[key], keys) for key in others if key in parsed), None)


def _json(data: bytes, file: str) -> Json | Diagnostic:
    name = plain(file)
    if len(data) > MAX_BYTES:
        message = f"{name} has {len(data):,} bytes; at most {MAX_BYTES:,} are read"
        return error("file-too-large", message, hint="is this the export of one application?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return error("not-utf-8", f"{name} is not UTF-8", hint="save it with that encoding")
    if _depth(text) > MAX_DEPTH:
        message = f"{name} is nested deeper than {MAX_DEPTH} levels"
        return error("too-deep", message, hint="is this an export of Entra?")
    try:
        parsed = _parsed(text)
        if _SURROGATE.search(text):  # an escape for half a character is JSON, and no text
            json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError as broken:
        at = Position(name, broken.lineno, broken.colno)
        return error("not-json", f"this is not JSON: {plain(broken.msg)}", at)
    except ValueError:
        return error("not-json", f"{name} has a number or a character that nobody can read")
    return parsed


def _parsed(text: str) -> Json:
    # The one place where untyped data enters; `shapes` checks it.
    return json.loads(text, parse_constant=_no_number)  # type: ignore[no-any-return]  # see above


def _no_number(word: str) -> float:
    raise ValueError(word)


_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def _depth(text: str) -> int:
    """How deep brackets outside of texts are nested."""
    deepest = depth = 0
    for found in _BRACKET.finditer(text):
        depth += _STEP.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


def _place(steps: Iterable[int | str]) -> str:
    """A path in the JSON, as in `synchronizationRules[0].name`."""
    path = "".join(f"[{s}]" if isinstance(s, int) else f".{plain(s)}" for s in steps)
    return path.removeprefix(".") or "the whole"


def _said(message: str) -> str:
    return plain(message[:1].lower() + message[1:])

"""Functions that choose, and functions that ask whether there is something."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.desired.expressions.context import Given
from reconciler.desired.expressions.signature import (
    Evaluator,
    Function,
    Kind,
    Lazy,
    Strict,
    function,
    optional,
    required,
)
from reconciler.desired.expressions.values import (
    TRUE,
    AttributeIgnored,
    RefusalError,
    boolean,
    to_text,
    to_truth,
)
from reconciler.model.path import Scalar, Value
from reconciler.model.sameness import is_empty


def iif(arguments: Sequence[Evaluator]) -> Evaluator:
    """The second argument where the first holds, else the third; the other is not evaluated."""
    condition, if_true, if_false = arguments

    def choose(given: Given) -> Value:
        return (if_true if to_truth(condition(given)) else if_false)(given)

    return choose


def switch(arguments: Sequence[Evaluator]) -> Evaluator:
    """The value behind the first key that equals the source, else the default.

    Texts are compared with case. The key `""` is for null and empty sources.
    """
    source, default, *pairs = arguments
    keys, values = pairs[::2], pairs[1::2]

    def choose(given: Given) -> Value:
        wanted = _key(source(given))
        for key, value in zip(keys, values, strict=True):
            if _key(key(given)) == wanted:
                return value(given)
        return default(given)

    return choose


def _key(value: Value) -> str:
    return "" if value is None else to_text(value)


def coalesce(arguments: Sequence[Evaluator]) -> Evaluator:
    """The first argument that is not null; an empty text is a value."""

    def choose(given: Given) -> Value:
        for argument in arguments:
            if (value := argument(given)) is not None:
                return value
        return None

    return choose


def is_null(value: Value) -> str:
    """Whether there is no value."""
    return boolean(value is None or value == ())


def is_null_or_empty(value: Value) -> str:
    """Whether there is no value, or only the empty text."""
    return boolean(is_empty(value))


def is_present(value: Value) -> str:
    """Whether there is a value that is not the empty text."""
    return boolean(not is_empty(value))


def is_string(value: Value) -> str:
    """Whether CStr would give a text."""
    return boolean(value is not None and not isinstance(value, tuple))


def negate(value: Value) -> str:
    """False for True, and True for everything else, null included."""
    return boolean(value != TRUE)


def ignore_if_empty(value: Value) -> Value:
    """The value; where there is none the attribute is left out altogether."""
    if is_empty(value):
        raise AttributeIgnored
    return value


def candidates(arguments: Sequence[Evaluator]) -> Evaluator:
    """What every rule gives, in their order, each once; a rule without a value is passed over."""

    def collect(given: Given) -> Value:
        found: dict[str, Scalar] = {}
        for argument in arguments:
            value = argument(given)
            if isinstance(value, tuple):
                raise RefusalError("expected one value of each rule")
            if not is_empty(value):
                found.setdefault(to_text(value), value)
        return tuple(found.values())

    return collect


def redact(value: Value) -> Value:
    """The value; that it must not be shown, the compiler sees."""
    return value


_EXPRESSION = required("Expression", Kind.ANY)
_RULE = required("uniqueValueRule", Kind.ANY)

FUNCTIONS: tuple[Function, ...] = (
    function(
        "IIF",
        Lazy(iif),
        required("condition", Kind.CONDITION),
        required("valueIfTrue", Kind.ANY),
        required("valueIfFalse", Kind.ANY),
    ),
    function(
        "Switch",
        Lazy(switch),
        required("source", Kind.ANY),
        optional("defaultValue", Kind.ANY),
        required("key", Kind.ANY, graph="switchValue"),
        required("value", Kind.ANY, graph="switchValue"),
        repeats=2,
    ),
    function("Coalesce", Lazy(coalesce), required("source", Kind.ANY), repeats=1),
    function("IsNull", Strict(is_null, null_gives_null=False), _EXPRESSION),
    function("IsNothing", Strict(is_null, null_gives_null=False), required("source", Kind.ANY)),
    function("IsNullOrEmpty", Strict(is_null_or_empty, null_gives_null=False), _EXPRESSION),
    function("IsPresent", Strict(is_present, null_gives_null=False), _EXPRESSION),
    function("IsString", Strict(is_string, null_gives_null=False), _EXPRESSION),
    function("Not", Strict(negate, null_gives_null=False), required("source", Kind.BOOLEAN)),
    function("Redact", Strict(redact, null_gives_null=False), required("value", Kind.ANY)),
    function("SelectUniqueValue", Lazy(candidates), _RULE, _RULE, repeats=1),
    function(
        "IgnoreFlowIfNullOrEmpty", Strict(ignore_if_empty, null_gives_null=False), _EXPRESSION
    ),
)

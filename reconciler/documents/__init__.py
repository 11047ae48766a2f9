"""YAML, read with suspicion: text in, documents with the place of every key and item out.

A small builder over the *events* of ruamel.yaml's C parser (the pure-Python parser has the same
rules). Events come before anything is composed, so what could explode is refused first: size,
depth, number of nodes, aliases and anchors, merge keys, tags. Duplicate keys are refused too.

Scalars stay as they are written: a `Plain` is text without quotes, any other `str` was quoted, and
what `true` or `007` means is for a schema to say. Only null is decided here: `null`, `~` or
nothing, without quotes.

What is wrong is returned beside what could be read, never raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from sys import intern
from typing import Any, Final, NoReturn, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.documents.nodes import List, Map, Node, Place, Plain
from reconciler.documents.text import LIMITS, Limits, decode
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.show import plain, show

try:
    # Not exported by name, but the one place where every release has it.
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]  # see the line above
except ModuleNotFoundError:
    CParser = None

#: From text to a function that returns the next event each time. `Any`: ruamel.yaml's events.
Parser = Callable[[str], Callable[[], Any]]


def pure_parser(text: str) -> Callable[[], Any]:
    """Events by the parser that is written in Python: everywhere, and twenty times slower.

    It takes escapes for what is no character, which libyaml refuses; here they are refused too.
    """
    events = YAML(typ="safe", pure=True).parse(text)
    last: Any = None

    def next_event() -> Any:
        nonlocal last
        try:
            event = next(events)
        except (ValueError, OverflowError):
            raise MarkedYAMLError(problem=_ESCAPE, problem_mark=last.end_mark) from None
        if type(event) is ScalarEvent and _SURROGATE.search(event.value):
            raise MarkedYAMLError(problem=_ESCAPE, problem_mark=event.start_mark)
        last = event
        return event

    return next_event


_ESCAPE: Final = "found invalid Unicode character escape code"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def c_parser(text: str) -> Callable[[], Any]:
    """Events by libyaml. It parses without recursion, so depth can be refused as it grows."""
    return cast("Callable[[], Any]", CParser(text).get_event)


#: The C parser where it is installed.
PARSER: Final[Parser] = pure_parser if CParser is None else c_parser


def read_documents(
    text: bytes, file: str, limits: Limits = LIMITS, parser: Parser = PARSER
) -> tuple[tuple[Map, ...], tuple[Diagnostic, ...]]:
    """The documents of one file in order, and everything that YAML alone shows to be wrong.

    Empty documents are left out. After broken YAML, reading goes on with the next `---`. Of a key
    that stands twice the first counts; what stands for an alias or under a merge key is left out.
    """
    decoded = decode(text, file, limits)
    if isinstance(decoded, Diagnostic):
        return (), (decoded,)
    builder = _Builder(file, limits)
    offset: int | None = 0
    try:
        while offset is not None:
            offset = _read_from(decoded, offset, builder, parser)
    except _EnoughError:
        pass  # what made it enough is among the diagnostics
    return tuple(builder.documents), tuple(builder.found())


def quoted_spans(
    text: str, limits: Limits = LIMITS, parser: Parser = PARSER
) -> tuple[tuple[int, int], ...]:
    """From where to where (indexes into `text`) quoted and block scalars reach.

    A `#` in there begins no comment. Up to the first fault, which `read_documents` reports.
    """
    spans = []
    depth = 0
    next_event = parser(text)
    try:
        while depth <= limits.depth and type(event := next_event()) is not StreamEndEvent:
            kind = type(event)
            if kind is ScalarEvent and event.style:
                spans.append((event.start_mark.index, event.end_mark.index))
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                depth += 1
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                depth -= 1
    except MarkedYAMLError:
        pass
    return tuple(spans)


_NEXT_DOCUMENT: Final = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)


def _read_from(text: str, offset: int, builder: _Builder, parser: Parser) -> int | None:
    """Read from `offset` on. None at the end, else where the document after a fault begins."""
    builder.begin(first_line=text.count("\n", 0, offset))
    try:
        builder.read(parser(text[offset:] if offset else text))
    except _TooDeepError as stopped:
        fault_at = stopped.index
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        fault_at = mark.index
        builder.refuse(_syntax_error(broken, builder.at(mark), builder.first_line))
    else:
        return None
    following = _NEXT_DOCUMENT.search(text, offset + max(fault_at, 1))
    return following.start() if following else None


def _syntax_error(broken: MarkedYAMLError, at: Position, first_line: int) -> Diagnostic:
    what = plain(str(broken.problem))
    if broken.context and broken.context_mark:
        began = first_line + broken.context_mark.line + 1
        what += f" ({plain(str(broken.context))} that begins in line {began})"
    if "anchor" in what or "alias" in what:
        hint = "put a value that begins with & or * between quotes"
    elif "cannot start any token" in what:
        hint = "indent with blanks; put a value that begins with @, ` or % between quotes"
    elif "mapping values" in what:
        hint = "check the indentation; put a value that contains `: ` between quotes"
    elif "unexpected ':'" in what:
        hint = "between { } or [ ], put a value that contains a colon between quotes"
    elif "expected <document start>" in what:
        hint = "begin every document with a line `---`"
    else:
        hint = "look at quotes, brackets and indentation up to here"
    return error("yaml-syntax", f"this is not YAML: {what}", at, hint=hint)


class _EnoughError(Exception):
    """Nothing more is read of this file."""


class _TooDeepError(Exception):
    """A document is nested too deeply; `index` counts characters from where reading began."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index


_NULLS: Final = frozenset({"", "~", "null"})
# Stands in place of a key that was refused: the value that follows is dropped.
_DROPPED: Final = object()


class _Builder:
    """Turns events into documents and notes what is refused."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.documents: list[Map] = []
        self._found: list[Diagnostic] = []
        self._counted: dict[str, tuple[Diagnostic, int]] = {}  # code → the first, and how many
        self._file = file
        self._limits = limits
        self._nodes = 0
        self.begin(first_line=0)

    def begin(self, first_line: int) -> None:
        """Forget a half-built document. Lines of what follows count from `first_line`."""
        self.first_line = first_line
        self._holder: Map | List | None = None
        self._key: object = None  # of the mapping that waits for its value
        self._outer: list[tuple[Map | List | None, object]] = []

    def read(self, next_event: Callable[[], Any]) -> None:
        """Build until the stream ends.

        Raises:
            MarkedYAMLError: the text is not YAML.
            _TooDeepError, _EnoughError: see there; why is noted already.
        """
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._end()
            elif kind is MappingStartEvent:
                self._nest(event, Map)
            elif kind is SequenceStartEvent:
                self._nest(event, List)
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is StreamEndEvent:
                return

    def at(self, mark: Any) -> Position:
        """The position of one of the parser's marks."""
        return Position(self._file, self.first_line + mark.line + 1, mark.column + 1)

    def refuse(self, found: Diagnostic) -> None:
        """Note a fault.

        Raises:
            _EnoughError: there were too many.
        """
        self._found.append(found)
        if len(self._found) >= self._limits.faults:
            message = f"the file has {len(self._found)} faults or more; the rest was not read"
            hint = "is this a manifest?"
            self._found.append(error("too-many-faults", message, found.at, hint=hint))
            raise _EnoughError

    def found(self) -> Iterator[Diagnostic]:
        """What was noted; of faults that come in swarms the first, and how many there are."""
        yield from self._found
        for first, number in self._counted.values():
            more = f", and {number - 1} more in this file" if number > 1 else ""
            yield replace(first, message=first.message + more)

    def _scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_decoration(event)
        mark = event.start_mark
        place = (self.first_line + mark.line + 1, mark.column + 1)
        text: str = event.value
        holder = self._holder
        if self._key is None and type(holder) is Map:
            self._key = self._accept_key(text, holder, event, place)
        elif event.style:
            self._add(text, place)
        else:
            self._add(None if text in _NULLS else Plain(text), place)

    def _accept_key(self, key: str, holder: Map, event: Any, place: Place) -> object:
        if key == "<<" and not event.style:
            message = "merge keys (`<<`) are not read"
            hint = "write out what should stand here"
            self.refuse(error("merge-key", message, Position(self._file, *place), hint=hint))
            return _DROPPED
        if key in holder.places:
            message = f"the key {show(key)} stands twice, first in line {holder.places[key][0]}"
            hint = "remove one of them"
            self.refuse(error("duplicate-key", message, Position(self._file, *place), hint=hint))
            return _DROPPED
        key = intern(key)
        holder.places[key] = place
        return key

    def _nest(self, event: Any, shape: type[Map] | type[List]) -> None:
        """A mapping or a sequence begins."""
        mark = event.start_mark
        place = (self.first_line + mark.line + 1, mark.column + 1)
        if len(self._outer) >= self._limits.depth:
            message = f"nested more than {self._limits.depth} levels deep"
            hint = "is this a manifest?"
            self.refuse(error("too-deep", message, Position(self._file, *place), hint=hint))
            raise _TooDeepError(mark.index)
        if event.anchor is not None or event.tag is not None:
            self._refuse_decoration(event)
        nested = shape(place)
        if self._key is None and type(self._holder) is Map:
            message = "a key is text, not a mapping or a list"
            hint = "put a key that begins with { or [ between quotes"
            self.refuse(error("complex-key", message, Position(self._file, *place), hint=hint))
            self._key = _DROPPED
        else:
            self._add(nested, place)
        self._outer.append((self._holder, self._key))
        self._holder, self._key = nested, None

    def _end(self) -> None:
        """A mapping or a sequence is complete, and with the outermost one a document."""
        finished = self._holder
        self._holder, self._key = self._outer.pop()
        if self._holder is None and type(finished) is Map:
            self.documents.append(finished)

    def _alias(self, event: Any) -> None:
        hint = "write the value out; put a value that begins with * between quotes"
        at = self.at(event.start_mark)
        self._count(
            error("alias", "aliases (`*name`) are not read: one stands here", at, hint=hint)
        )
        if type(self._holder) is Map:
            self._key = _DROPPED if self._key is None else None

    def _refuse_decoration(self, event: Any) -> None:
        at = self.at(event.start_mark)
        if event.anchor is not None:
            hint = "remove it; put a value that begins with & between quotes"
            self._count(
                error("anchor", "anchors (`&name`) are not read: one stands here", at, hint=hint)
            )
        if event.tag is not None:
            hint = "remove it; put a value that begins with ! between quotes"
            self.refuse(error("tag", "tags (`!name`) are not read", at, hint=hint))

    def _count(self, found: Diagnostic) -> None:
        """Note a fault that comes in swarms."""
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            self._too_many(found.at)
        first, number = self._counted.get(found.code, (found, 0))
        self._counted[found.code] = (first, number + 1)

    def _too_many(self, at: Position | None) -> NoReturn:
        message = f"the file has more than {self._limits.nodes:,} values"
        self._found.append(error("too-many-nodes", message, at, hint="split the file"))
        raise _EnoughError

    def _add(self, value: Node, place: Place) -> None:
        """Put a scalar, or a mapping or sequence that begins, where it belongs."""
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            self._too_many(Position(self._file, *place))
        holder = self._holder
        if type(holder) is Map:
            if self._key is not _DROPPED:
                holder[cast("str", self._key)] = value
            self._key = None
        elif type(holder) is List:
            holder.append(value)
            holder.places.append(place)
        elif value is not None and type(value) is not Map:
            message = "a document must be a mapping (`key: value` lines)"
            hint = "for many manifests in one document write `kind: List` with `items:`"
            self.refuse(error("not-a-mapping", message, Position(self._file, *place), hint=hint))

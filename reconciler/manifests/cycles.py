"""Groups inside themselves, and people who are their own manager, however long the way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from reconciler.model.declared import Declared, Group
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.identity import Kind, UserKey
from reconciler.model.source import MANAGER

_MOST_REPORTED = 100  # cycles of one kind
_MOST_LISTED = 50  # keys of one cycle


def check_cycles(declared: Declared) -> Iterator[Diagnostic]:
    """Cycles of nested groups and of managers, each named whole."""
    nested = {str(key): _nested(group) for key, group in declared.groups.items()}
    for cycle in islice(_cycles(nested), _MOST_REPORTED):
        yield error(
            "group-cycle",
            f"groups contain each other: {_shown(cycle)}",
            nested[cycle[0]][cycle[1]],
            hint="take one of them out of the other",
        )
    managers = {str(key): _manager(declared, key) for key in declared.users}
    for cycle in islice(_cycles(managers), _MOST_REPORTED):
        # A feed that nobody reviewed must not stop everybody else.
        fed = any(declared.users[UserKey(key)].fed(MANAGER) for key in cycle)
        yield (warning if fed else error)(
            "manager-cycle",
            f"people manage each other: {_shown(cycle)}",
            managers[cycle[0]][cycle[1]],
            hint="give one of them another manager, or none",
        )


def _nested(group: Group) -> dict[str, Position]:
    """The groups inside a group, sorted, and where each is written."""
    inner = {str(key): Position(group.at.file, line) for key, line in group.groups.items()}
    for member in group.dated:
        if member.kind is Kind.GROUP:
            inner.setdefault(member.key, member.at)
    return dict(sorted(inner.items()))


def _manager(declared: Declared, key: UserKey) -> dict[str, Position]:
    user = declared.users[key]
    manager = user.attributes.get(MANAGER)
    return {manager: user.place(MANAGER)} if isinstance(manager, str) else {}


def _cycles(graph: Mapping[str, Mapping[str, Position]]) -> Iterator[Sequence[str]]:
    """A cycle for each edge that closes one; it begins with its first key and ends with it again.

    Depth first without recursion: a chain of managers may be longer than Python's stack.
    """
    done: set[str] = set()
    for start in sorted(graph):
        path: list[str] = []
        places: dict[str, int] = {}  # on the path
        todo: list[Iterator[str]] = []
        following: str | None = None if start in done else start
        while following is not None or todo:
            if following is not None:
                places[following] = len(path)
                path.append(following)
                todo.append(iter(graph[following]))
            following = None
            for inner in todo[-1]:
                if inner in places:
                    yield _from_first(path[places[inner] :])
                elif inner in graph and inner not in done:
                    following = inner
                    break
            else:
                todo.pop()
                finished = path.pop()
                del places[finished]
                done.add(finished)


def _from_first(cycle: list[str]) -> list[str]:
    begin = cycle.index(min(cycle))
    return [*cycle[begin:], *cycle[: begin + 1]]


def _shown(cycle: Sequence[str]) -> str:
    listed = " → ".join(cycle[:_MOST_LISTED])
    return listed if len(cycle) <= _MOST_LISTED else f"{listed} → … ({len(cycle) - 1} in all)"

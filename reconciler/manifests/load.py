"""A directory of manifests as one checked value, with everything that is wrong in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from reconciler.manifests.collector import collector_paused
from reconciler.manifests.cycles import check_cycles
from reconciler.manifests.envelope import MANIFESTS
from reconciler.manifests.files import is_directory
from reconciler.manifests.fragments import with_fragments
from reconciler.manifests.kinds import Entity
from reconciler.manifests.mapped_paths import check_members, check_not_kept, check_paths
from reconciler.manifests.names import Names, index
from reconciler.manifests.provider_rules import check_rules
from reconciler.manifests.reading import read_directory
from reconciler.manifests.references import check_references
from reconciler.manifests.sources.find import NOTHING_GIVEN, Given, find_table
from reconciler.manifests.sources.join import join
from reconciler.manifests.sources.people import read_people
from reconciler.manifests.suppress import Suppressions
from reconciler.manifests.target_rules import check_targets
from reconciler.manifests.uniqueness import check_uniqueness
from reconciler.model.declared import Assignment, Declared, Group, Hold, User
from reconciler.model.diagnostic import Diagnostic, error, ordered
from reconciler.model.expectation import Expectation
from reconciler.model.feed import Feed, Source
from reconciler.model.mapping import AttributeMapping
from reconciler.model.profile import BUILT_IN, Profile
from reconciler.model.scoping import ScopingFilter
from reconciler.model.show import plain
from reconciler.model.target import Target


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a tree says. `diagnostics` are ordered and not yet suppressed; with an error among them
    `declared` holds what could be understood and must not be planned with.

    `digest` is over all names and contents of files; `documents` counts manifests, those inside a
    List one by one.
    """

    declared: Declared
    diagnostics: tuple[Diagnostic, ...]
    suppressions: Suppressions
    digest: str
    files: int
    documents: int


def load(root: Path, prefix: str = "", given: Given = NOTHING_GIVEN) -> Loaded:
    """Everything below `root`. What is wrong there is among the diagnostics, never raised.

    `prefix` goes before the names of files in places: `manifests/`, say. `given` are the tables of
    sources that do not stand in the tree.
    """
    with collector_paused():
        reading = read_directory(root, MANIFESTS, prefix)
        names, entities, duplicates = index(reading.manifests, reading.unread)
        written, included = with_fragments(_declared(entities), names)
        declared, joined = _with_sources(written, names, root, prefix, given)
        found = chain(
            reading.found,
            duplicates,
            included,
            joined,
            _empty(root) if reading.documents == 0 and not reading.found else (),
            check_references(declared, names),
            check_uniqueness(declared, names),
            check_cycles(declared),
            check_targets(declared, names),
            check_paths(declared),
            check_rules(declared, names),
            check_not_kept(declared, names),
            check_members(declared, names),
        )
        return Loaded(
            declared=declared,
            diagnostics=ordered(found),
            suppressions=reading.suppressions,
            digest=reading.digest,
            files=reading.files,
            documents=reading.documents,
        )


def _with_sources(
    written: Declared, names: Names, root: Path, prefix: str, given: Given
) -> tuple[Declared, list[Diagnostic]]:
    """The manifests over the rows of every source, and what is wrong with those."""
    sources = [feed.source for feed in written.feeds.values()]
    read = [read_people(s, find_table(s, root, prefix, given)) for s in sources]
    users, found = join(written.users, read, names)
    feeds = {people.feed.source.name: people.feed for people in read}
    faults = [fault for people in read for fault in people.found]
    return replace(written, users=users, feeds=feeds), [*faults, *found]


def _empty(root: Path) -> Iterator[Diagnostic]:
    """A tree without manifests declares nobody, and everybody would go."""
    name = plain(str(root))
    if is_directory(root):
        hint = "is this the right directory? manifests stand in *.yaml or *.yml files"
        yield error("empty-root", f"there is no manifest below {name}", hint=hint)
    else:
        hint = "name the directory that holds the manifests"
        yield error("missing-root", f"there is no directory {name}", hint=hint)


T = TypeVar("T", bound=Entity)


def _declared(entities: Iterable[Entity]) -> Declared:
    """The values by kind, each kind in the order of its names."""
    by_type: dict[type, list[Entity]] = {}
    for entity in entities:
        by_type.setdefault(type(entity), []).append(entity)

    def of(kind: type[T]) -> Iterator[T]:
        return (entity for entity in by_type.get(kind, ()) if isinstance(entity, kind))

    return Declared(
        users={user.key: user for user in of(User)},
        groups={group.key: group for group in of(Group)},
        targets={target.name: target for target in of(Target)},
        assignments={assignment.name: assignment for assignment in of(Assignment)},
        filters={scoping_filter.name: scoping_filter for scoping_filter in of(ScopingFilter)},
        mappings={mapping.name: mapping for mapping in of(AttributeMapping)},
        holds={hold.name: hold for hold in of(Hold)},
        profiles={**BUILT_IN, **{profile.name: profile for profile in of(Profile)}},
        expectations={expectation.name: expectation for expectation in of(Expectation)},
        feeds={source.name: Feed(source, source.file or source.name) for source in of(Source)},
    )

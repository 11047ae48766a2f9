"""Every name that one manifest uses must be that of another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.manifests.hints import did_you_mean
from reconciler.manifests.names import Names
from reconciler.model.access import DEFAULT_ACCESS
from reconciler.model.declared import Declared, Group, Hold, User
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.expectation import Expectation, mentions
from reconciler.model.identity import Kind
from reconciler.model.policy import Policies
from reconciler.model.scoping import Operator, ScopingFilter
from reconciler.model.show import show
from reconciler.model.source import MANAGER, MEMBER_OF
from reconciler.model.target import Target


def check_references(declared: Declared, names: Names) -> Iterator[Diagnostic]:
    """Names of users, groups, targets, filters, mappings and profiles that nobody declares."""
    known = _Known(
        users=names.of("User").keys() | declared.users.keys(),
        groups=names.of("Group"),
        others={k: names.of(k) for k in ("Target", "ScopingFilter", "AttributeMapping")},
        profiles=declared.profiles,
        unread=names.unread,
        sources=bool(names.of("Source")),
    )
    yield from _managers(declared, known)
    for group in declared.groups.values():
        yield from _members(group, known)
    yield from _assigned(declared, known, names)
    for target in declared.targets.values():
        yield from _parts(target, known, names)
    for scoping_filter in declared.filters.values():
        yield from _filtered(scoping_filter, known)
    for hold in declared.holds.values():
        yield from _held(hold, known, names)
    for expectation in declared.expectations.values():
        yield from _expected(expectation, known, names)


def check_protections(policies: Policies, declared: Declared) -> tuple[Diagnostic, ...]:
    """Protections of users and groups that nobody declares: they protect nobody."""
    known = _Known(declared.users, declared.groups, sources=bool(declared.feeds))
    found: list[Diagnostic] = []
    for protection in policies.protections:
        subject = f"Protection {protection.name}"
        for user in sorted(protection.users):
            found += known.user(subject, user, protection.at)
        for group in sorted(protection.groups):
            found += known.group(subject, group, protection.at)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Known:
    """The names there are of each kind, and what to say about one that is not among them."""

    users: Collection[str]
    groups: Collection[str]
    others: Mapping[str, Collection[str]] = field(default_factory=dict)
    profiles: Collection[str] = ()
    unread: tuple[str, ...] = ()
    sources: bool = False

    def user(self, subject: str, name: str, at: Position) -> Iterator[Diagnostic]:
        if name not in self.users and self.sources and name not in self.groups:
            # Whoever leaves a feed is still named here and there; that must not keep them.
            message = f"{subject}: no manifest and no source has a User {name}"
            hint = "is the person gone, or is the name wrong? then remove it, or correct it"
            yield warning("unknown-person", message, at, hint=self._also(hint))
        elif name not in self.users:
            hint = "declare the User, or remove the name"
            if name in self.groups:
                hint = f"{name} is a Group: in `members` write `group: {name}`, else use `groups`"
            message = f"{subject}: there is no User {name}"
            yield error("missing-user", message, at, hint=self._also(hint))

    def group(self, subject: str, name: str, at: Position) -> Iterator[Diagnostic]:
        if name not in self.groups:
            hint = did_you_mean(name, self.groups) or "declare the Group, or remove the name"
            if name in self.users:
                hint = f"{name} is a User"
            message = f"{subject}: there is no Group {name}"
            yield error("missing-group", message, at, hint=self._also(hint))

    def named(
        self, code: str, kind: str, subject: str, name: str, at: Position
    ) -> Iterator[Diagnostic]:
        """A manifest of a kind that has nothing to be mistaken for."""
        if name not in self.others[kind]:
            message = f"{subject}: there is no {kind} {name}"
            hint = self._also(did_you_mean(name, self.others[kind]) or f"declare the {kind}")
            yield error(code, message, at, hint=hint)

    def profile(self, subject: str, name: str, at: Position) -> Iterator[Diagnostic]:
        if name not in self.profiles:
            message = f"{subject}: there is no profile {name}"
            hint = did_you_mean(name, self.profiles)
            yield error("unknown-profile", message, at, hint=hint)

    def _also(self, hint: str) -> str:
        if not self.unread:
            return hint
        return f"{hint}; it may stand in {self.unread[0]}, which could not be read whole"


def _managers(declared: Declared, known: _Known) -> Iterator[Diagnostic]:
    fed: dict[str, list[User]] = {}
    for user in declared.users.values():
        manager = user.attributes.get(MANAGER)
        if not isinstance(manager, str):
            continue
        if user.row is None or not user.fed(MANAGER):
            yield from known.user(f"User {user.key}", manager, user.place(MANAGER))
        elif manager not in known.users:
            fed.setdefault(user.row.source, []).append(user)
    for source, users in sorted(fed.items()):
        # One sentence for all: an export that leaves the managers out has them by the thousand.
        first = min(users, key=lambda user: user.place(MANAGER))
        more = f" and {len(users) - 1:,} more" if len(users) > 1 else ""
        yield warning(
            "unknown-manager",
            f"Source {source}: the manager of {first.key}{more} is nobody whom anybody declares",
            first.place(MANAGER),
            hint="their managers are left as they are; does the export leave somebody out?",
        )


def _members(group: Group, known: _Known) -> Iterator[Diagnostic]:
    subject = f"Group {group.key}"
    file = group.at.file
    for user, line in group.users.items():
        yield from known.user(subject, user, Position(file, line))
    for inner, line in group.groups.items():
        yield from known.group(subject, inner, Position(file, line))
    for member in group.dated:
        check = known.user if member.kind is Kind.USER else known.group
        yield from check(subject, member.key, member.at)


def _assigned(declared: Declared, known: _Known, names: Names) -> Iterator[Diagnostic]:
    for assignment in declared.assignments.values():
        subject = f"Assignment {assignment.name}"
        file = assignment.at.file
        at = names.at("Assignment", assignment.name, "spec", "target")
        yield from known.named("missing-target", "Target", subject, assignment.target, at)
        target = declared.targets.get(assignment.target)
        if target is not None and assignment.role is not None:
            at = names.at("Assignment", assignment.name, "spec", "role")
            yield from _role(subject, assignment.role, target, at)
        for user, line in assignment.users.items():
            yield from known.user(subject, user, Position(file, line))
        for group, line in assignment.groups.items():
            yield from known.group(subject, group, Position(file, line))


def _role(subject: str, role: str, target: Target, at: Position) -> Iterator[Diagnostic]:
    """A role is one that the target declares, where it declares any."""
    values = [known.value for known in target.roles]
    if role not in values and values:
        meant = next((r.value for r in target.roles if r.display_name == role), None)
        hint = did_you_mean(role, values)
        if meant is not None:
            hint = f"write its value: {show(meant)}"
        message = f"{subject}: Target {target.name} has no role {show(role)}"
        yield error("unknown-role", message, at, hint=hint)


def _parts(target: Target, known: _Known, names: Names) -> Iterator[Diagnostic]:
    subject = f"Target {target.name}"
    origin = names.of("Target")[target.name]
    yield from known.profile(subject, target.profile, origin.at("spec", "profile"))
    for block, roles in (
        ("entitledRoles", target.users.admission.entitled or frozenset()),
        ("excludedRoles", target.users.admission.not_entitled),
    ):
        for role in sorted(roles - {DEFAULT_ACCESS}):
            yield from _role(subject, role, target, origin.at("spec", "users", block))
    for block, handling in (("users", target.users), ("groups", target.groups)):
        if handling.filter is not None:
            at = origin.at("spec", block, "filter")
            yield from known.named("missing-filter", "ScopingFilter", subject, handling.filter, at)
        if handling.mapping is not None:
            at = origin.at("spec", block, "mapping")
            yield from known.named(
                "missing-mapping", "AttributeMapping", subject, handling.mapping, at
            )


def _filtered(scoping_filter: ScopingFilter, known: _Known) -> Iterator[Diagnostic]:
    """Groups to which nobody can belong, because nobody declares them."""
    for group in scoping_filter.any_of:
        for clause in group.clauses:
            exact = clause.operator in {Operator.EQUALS, Operator.NOT_EQUALS}
            named = exact and clause.unsupported is None and clause.value
            if clause.attribute == MEMBER_OF and named:
                subject = f"ScopingFilter {scoping_filter.name}"
                yield from known.group(subject, named, clause.at)


def _held(hold: Hold, known: _Known, names: Names) -> Iterator[Diagnostic]:
    subject = f"Hold {hold.name}"
    origin = names.of("Hold")[hold.name]
    yield from known.user(subject, hold.user, origin.at("spec", "user"))
    for target in sorted(hold.targets):
        yield from known.named(
            "missing-target", "Target", subject, target, origin.at("spec", "targets")
        )


def _expected(expectation: Expectation, known: _Known, names: Names) -> Iterator[Diagnostic]:
    subject = f"Expectation {expectation.name}"
    if expectation.target is not None:
        at = names.at("Expectation", expectation.name, "spec", "target")
        yield from known.named("missing-target", "Target", subject, expectation.target, at)
    for assertion in expectation.assertions:
        named = mentions(assertion)
        for user in named.users:
            yield from known.user(subject, user, assertion.at)
        for group in named.groups:
            yield from known.group(subject, group, assertion.at)

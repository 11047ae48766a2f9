"""Which targets a command is about: by name, or all that are enabled."""

from __future__ import annotations

from collections.abc import Sequence

import click

from reconciler.cli.ledgers import targets_with_ledger
from reconciler.cli.loading import Tree
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.declared import Declared
from reconciler.model.show import plain
from reconciler.model.target import Target


def target_named(name: str, declared: Declared, option: str = "TARGET") -> Target:
    """The target of that name, enabled or not; a usage error where there is none."""
    target = declared.targets.get(name)
    if target is None:
        choices = ", ".join(declared.targets) or "none; see what `reconciler validate` says"
        message = f"no target is called {name!r}; the tree has: {choices}"
        raise click.BadParameter(message, param_hint=option)
    return target


def targets_of(tree: Tree, names: Sequence[str], world: World) -> list[Target]:
    """The enabled targets of that name, or all of them; disabled ones are named and left out."""
    known = tree.declared.targets
    chosen = [target_named(name, tree.declared) for name in dict.fromkeys(names or known)]
    if not chosen:
        world.tell(["No manifest declares a target: nothing is read, and nothing is planned."])
    for target in chosen:
        if not target.enabled:
            world.tell([f"{target.name}: released (enabled: false); nothing is planned for it."])
    return [target for target in chosen if target.enabled]


def tell_of_removed(tree: Tree, world: World, state: StateDirectory) -> None:
    """Names the targets that were written to once and that no manifest declares any more."""
    for name in targets_with_ledger(world, state):
        if name not in tree.declared.targets:
            world.tell(
                [
                    f"{plain(name)}: released (no Target of that name any more); nothing is "
                    "planned for it, and whoever has access there keeps it."
                ]
            )


def one_target(tree: Tree, name: str | None) -> Target:
    """The enabled target of that name; without a name, the only one that there is."""
    known = tree.declared.targets
    if name is not None and name in known and not known[name].enabled:
        raise click.BadParameter(
            f"{name} is released (enabled: false), so nothing is written to it",
            param_hint="TARGET",
        )
    enabled = [key for key, target in known.items() if target.enabled]
    if name is None and len(enabled) == 1:
        return known[enabled[0]]
    if name is None or name not in known:
        missing = "name one" if name is None else f"no target is called {name!r}"
        raise click.BadParameter(
            f"{missing}; the enabled targets are: {', '.join(enabled) or 'none'}",
            param_hint="TARGET",
        )
    return known[name]

"""What a shell offers for targets, subjects and selections: the keys of the tree that is named.

Nothing is sent, and nothing is ever wrong: a tree with errors offers what could be read of it, one
that would take longer to read than somebody waits for a completion offers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from reconciler.model.declared import Declared

#: Bytes of manifests that are read in about a second.
_LARGEST: Final = 2_000_000


def complete_targets(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The names of declared targets."""
    return _beginning(incomplete, _declared(ctx).targets)


def complete_subjects(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Keys of users and groups; those of one kind after `user:` and `group:`."""
    declared = _declared(ctx)
    forms = (*_keyed("user", declared.users), *_keyed("group", declared.groups))
    return _beginning(incomplete, (*declared.users, *declared.groups, *forms))


def complete_selections(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """What `--only` takes."""
    from reconciler.model.desired import Cause

    declared = _declared(ctx)
    return _beginning(
        incomplete,
        (
            "drift",
            "due",
            *_keyed("cause", Cause),
            *_keyed("user", declared.users),
            *_keyed("group", declared.groups),
            *_keyed("members", declared.groups),
        ),
    )


def _keyed(form: str, keys: Iterable[str]) -> list[str]:
    return [f"{form}:{key}" for key in keys]


def _beginning(incomplete: str, offers: Iterable[str]) -> list[str]:
    return sorted({offer for offer in offers if offer.startswith(incomplete)})


def _declared(ctx: click.Context) -> Declared:
    """The tree of `--manifests`, as far as it can be read."""
    from reconciler.manifests.load import load

    directory = ctx.params.get("manifests") or Path("manifests")
    try:
        size = sum(path.stat().st_size for path in directory.rglob("*.y*ml"))
        return load(directory, "").declared if size <= _LARGEST else Declared()
    except OSError:
        return Declared()

"""Which service provider a plan is for, so that it is never carried out on another one."""

from __future__ import annotations

from reconciler.model.canonical import digest
from reconciler.model.declared import Target
from reconciler.model.plan import TargetIdentity


def target_identity(target: Target) -> TargetIdentity:
    """Name, address and profile, and a fingerprint over address, profile and credential's alias.

    A slash at the end of the address makes no other provider.
    """
    base_url = target.base_url.rstrip("/")
    return TargetIdentity(
        name=target.name,
        profile=target.profile,
        base_url=base_url,
        fingerprint=digest([base_url, target.profile, target.credential]),
    )

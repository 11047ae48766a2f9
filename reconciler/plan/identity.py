"""Which service provider a plan is for, so that it is never carried out on another one."""

from __future__ import annotations

from reconciler.model.canonical import digest
from reconciler.model.plan import TargetIdentity
from reconciler.model.profile import Profile
from reconciler.model.target import Target


def target_identity(target: Target, profile: Profile) -> TargetIdentity:
    """Name, address and profile, and a fingerprint over address, profile and credential's alias.

    A slash at the end of the address makes no other provider. A profile of the manifests counts
    with all that it changes: what a plan was made for is what it is carried out with.
    """
    base_url = target.base_url.rstrip("/")
    parts = [base_url, target.profile, target.credential]
    return TargetIdentity(
        name=target.name,
        profile=target.profile,
        base_url=base_url,
        fingerprint=digest([*parts, profile.overrides] if profile.overrides else parts),
    )

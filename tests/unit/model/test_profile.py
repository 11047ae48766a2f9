"""Profiles are data, and say of each value that is not the standard's where it comes from."""

from __future__ import annotations

from dataclasses import fields

import pytest

from reconciler.model.profile import BUILT_IN, Profile
from reconciler.model.resource_type import ResourceType


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda p: str(p.name))
def test_every_source_is_about_a_value_of_the_profile(profile: Profile) -> None:
    parts = {f"{kind}s.{f.name}" for kind in ("user", "group") for f in fields(ResourceType)}
    assert set(profile.sources) <= {field.name for field in fields(Profile)} | parts

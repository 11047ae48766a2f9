"""Profiles are data, and say of each value that is not the standard's where it comes from."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from reconciler.model.profile import BUILT_IN, Profile


@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda p: str(p.name))
def test_every_source_is_about_a_value_of_the_profile(profile: Profile) -> None:
    assert set(profile.sources) <= {field.name for field in fields(Profile)}


def test_of_zpa_every_value_that_takes_or_withholds_something_has_a_source() -> None:
    zpa = BUILT_IN["zpa"]
    decides = {"deactivation", "rename_user", "members_in", "accepted_user", "groups_per_user"}
    for field in fields(Profile):
        if field.name in decides:
            assert field.default is not MISSING
            assert getattr(zpa, field.name) != field.default
            assert zpa.sources[field.name].startswith("documented")

"""`kind: Profile`: what a manifest changes of a built-in profile, and who vouches for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from reconciler.manifests.kinds.profile_fields import ProfileSpec
from reconciler.manifests.load import load
from reconciler.model.attributes import AttributeType, Mutability
from reconciler.model.diagnostic import Position
from reconciler.model.dialect import MediaType, QuotaHeaders
from reconciler.model.identity import Kind
from reconciler.model.path import parse_path
from reconciler.model.profile import BUILT_IN, ZPA, Deactivation, Profile
from reconciler.model.profile.clauses import Errors, Filters, Safety, Transport
from reconciler.model.profile.values import values_of
from reconciler.model.provenance import Grade, Provenance
from reconciler.model.resource_type import Rename

WHOLE = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: zpa-eu}
spec:
  extends: zpa
  probed: 2026-11-28
  pageMax: 50
  deactivation: soft
  groupsPerUser: none
  requestsPerSecond: 2.5
  visibleWithin: 1.5
  etags: true
  sortGroupsBy: none
  ignoredSelectors: [emails, phoneNumbers]
  users:
    domains: [Zone.example]
    rename: safe
    mark: externalId
    accepted: [userName, active, roles]
    attributes:
      title: {required: true, mutability: immutable, maxLength: 40}
      roles: {type: string, multiValued: true}
      username: {caseExact: true}
    endpoint: /people
    filterable: [userName]
    writesPerHour: 1000
  groups: {readOnly: true, become: role}
  transport:
    contentType: application/json
    headers: {X-Api-Version: "2022-11-28"}
  filters: {joined: false, longest: 200}
  errors: {retried: [409], wait: 20}
  safety: {groupShare: 50%, protectedGroups: [admins]}
  quotaHeaders: x-ratelimit
"""


def loaded(tmp_path: Path, text: str) -> Profile:
    (tmp_path / "profile.yaml").write_text(text, encoding="utf-8")
    found = load(tmp_path)
    assert found.diagnostics == ()
    (own,) = set(found.declared.profiles) - set(BUILT_IN)
    return found.declared.profiles[own]


def test_what_is_written_overrides_and_the_rest_stays(tmp_path: Path) -> None:
    own = loaded(tmp_path, WHOLE)
    assert (own.name, own.family) == ("zpa-eu", "zpa")
    assert (own.page_max, own.page_default) == (50, ZPA.page_default)
    assert own.deactivation is Deactivation.SOFT
    assert (own.groups_per_user, own.requests_per_second, own.sort_groups_by) == (None, 2.5, None)
    assert (own.visible_within, own.etags) == (1.5, True)
    assert own.ignored_selectors == {"emails", "phonenumbers"}
    assert own.users.domains == ("Zone.example",)
    assert (own.users.rename, own.users.mark) == (Rename.SAFE, "externalId")
    assert own.groups == replace(ZPA.groups, read_only=True, become="role")
    assert own.users.accepts(parse_path("roles"))
    assert not own.users.accepts(parse_path("title"))
    roles = own.characteristics(Kind.USER, parse_path("roles"))
    assert (roles.type, roles.multi_valued) == (AttributeType.STRING, True)
    title = own.characteristics(Kind.USER, parse_path("title"))
    assert (title.required, title.mutability) == (True, Mutability.IMMUTABLE)


def test_each_part_is_a_block_in_which_what_is_not_written_stays(tmp_path: Path) -> None:
    own = loaded(tmp_path, WHOLE)
    assert own.transport == Transport(
        MediaType.JSON, {"X-Api-Version": "2022-11-28"}, timeout=ZPA.transport.timeout
    )
    assert own.filters == Filters(joined=False, longest=200)
    assert own.errors == Errors((409,), 20.0)
    assert own.safety == Safety(group_share=0.5, protected_groups=("admins",))
    assert own.discovery == ZPA.discovery
    assert (own.users.endpoint, own.users.filterable) == ("people", ("userName",))
    assert own.users.writes_per_hour == 1000
    assert own.quota_headers is QuotaHeaders.X_RATELIMIT
    assert own.characteristics(Kind.USER, parse_path("title")).max_length == 40
    assert own.source("transport.headers").grade is Grade.PROBED
    assert own.source("transport.timeout") == ZPA.source("transport.timeout")
    assert dict(own.overrides)["transport.headers"] == "X-Api-Version: 2022-11-28"


def test_an_attribute_keeps_what_the_manifest_does_not_say(tmp_path: Path) -> None:
    name = loaded(tmp_path, WHOLE).characteristics(Kind.USER, parse_path("userName"))
    assert (name.case_exact, name.required, name.unique) == (True, True, True)


def test_the_line_of_the_manifest_vouches_for_a_value(tmp_path: Path) -> None:
    own = loaded(tmp_path, WHOLE)
    at = Position("profile.yaml", 7, 3)
    seen = Provenance(Grade.PROBED, "Profile zpa-eu", at, "2026-11-28")
    assert own.source("page_max") == seen
    assert own.source("users.attributes.title").at == Position("profile.yaml", 21, 7)
    assert own.source("page_default") == ZPA.source("page_default")
    assert str(seen) == "probed 2026-11-28: Profile zpa-eu (profile.yaml:7:3)"


def test_without_a_day_it_is_somebodys_word(tmp_path: Path) -> None:
    text = WHOLE.replace("  probed: 2026-11-28\n", "  because: the vendor told us\n")
    source = loaded(tmp_path, text).source("page_max")
    assert (source.grade, source.where, source.on) == (Grade.DECLARED, "the vendor told us", None)


def test_what_it_changes_is_part_of_what_a_plan_is_for(tmp_path: Path) -> None:
    changed = dict(loaded(tmp_path, WHOLE).overrides)
    assert changed["page_max"] == "50"
    assert changed["users.attributes.title"] == "maxLength 40, mutability immutable, required true"


def test_every_quirk_can_be_written() -> None:
    """A new field of a profile needs no line here, unless its type is new."""
    for field in (each.field for each in values_of(ZPA)):
        spec: type[BaseModel] = ProfileSpec
        *block, name = field.split(".")
        for part in block:
            (spec,) = get_args(spec.model_fields[part].annotation)[:1]
        assert name in spec.model_fields, field


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("pageMax: 0", "invalid-number"),
        ("pageMax: none", "invalid-number"),
        ("groupsPerUser: null", "wrong-type"),
        ("visibleWithin: -1", "invalid-number"),
        ("deactivation: gone", "invalid-choice"),
        ("pageMaximum: 5", "unknown-field"),
        ("users: {attributes: {'a b': {}}}", "invalid-path"),
        ("users: {accepted: ['a[']}", "invalid-path"),
        ("etags: yes", "invalid-boolean"),
        ("transport: {headers: {X-A: é}}", "invalid-header"),
        ("transport: {timeout: none}", "invalid-number"),
        ("safety: {groupShare: 0.5}", "invalid-share"),
        ("errors: {retried: [404]}", "invalid-status"),
    ],
)
def test_what_cannot_be_a_value_is_said(tmp_path: Path, line: str, code: str) -> None:
    text = WHOLE.partition("  probed")[0] + f"  {line}\n"
    (tmp_path / "profile.yaml").write_text(text, encoding="utf-8")
    assert [d.code for d in load(tmp_path).diagnostics] == [code]

"""Two targets share an endpoint only when neither can take the other's resources for its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.manifests.endpoint import same_endpoint
from tests.unit.manifests.builders_manifests import a_document, a_tree, loaded, shown

MAPPINGS = a_document(
    "AttributeMapping",
    "people",
    "{for: users, attributes: [{target: userName, source: userPrincipalName, match: 1}]}",
) + a_document(
    "AttributeMapping",
    "teams",
    "{for: groups, attributes: [{target: displayName, source: displayName, match: 1}]}",
)
URL = "https://scim.example/v2"
EXCLUSIVE = "{ownership: exclusive, mapping: people}"
MARKED = "{ownership: marked, mapping: people}"
RULE = "{ownership: {rule: 'false'}, mapping: people}"
LOOKUP = "{manage: lookup, mapping: people}"


def targets(
    root: Path, first: str, second: str, *, urls: tuple[str, str] = (URL, URL)
) -> list[str]:
    """What is found about two targets; each is the `users:` and whatever follows in `spec`."""
    specs = [
        f"{{profile: rfc7644, baseUrl: '{url}', credential: a, repository: r, users: {users}}}"
        for url, users in zip(urls, (first, second), strict=True)
    ]
    a, b = (a_document("Target", name, spec) for name, spec in zip("ab", specs, strict=True))
    return shown(loaded(root, a=a, b=b, mappings=MAPPINGS).diagnostics)


@pytest.mark.parametrize(
    ("first", "second"), [(EXCLUSIVE, EXCLUSIVE), (EXCLUSIVE, MARKED), (MARKED, RULE), (RULE, RULE)]
)
def test_owners_that_may_overlap_are_refused(tmp_path: Path, first: str, second: str) -> None:
    assert targets(tmp_path, first, second) == ["b.yaml:4:26 shared-endpoint"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MARKED, MARKED),
        (LOOKUP, EXCLUSIVE),
        (LOOKUP, LOOKUP),
        (EXCLUSIVE + ", enabled: false", EXCLUSIVE),
        (EXCLUSIVE, LOOKUP + ", groups: {ownership: exclusive, mapping: teams}"),
    ],
)
def test_owners_that_cannot_overlap_may_share(tmp_path: Path, first: str, second: str) -> None:
    assert targets(tmp_path, first, second) == []


def owned_by(rule: str) -> str:
    return "{ownership: {rule: '" + rule + "'}, mapping: people}"


PT = 'resource.userType == "PT"'


@pytest.mark.parametrize(
    ("first", "second", "disjoint"),
    [
        (PT, 'resource.userType == "DE"', True),
        (PT, '"DE" == resource.userType', True),
        (PT, PT, False),
        (PT, 'resource.userType == "pt"', False),  # a provider may change the case
        (PT, 'resource.userType != "PT"', False),  # true, and not among what is proved
        (PT, 'resource.title == "DE"', False),
        (PT, 'resource.active && resource.userType == "DE"', True),
        (PT, 'resource.active || resource.userType == "DE"', False),
        (PT, '!(resource.userType == "DE")', False),
        (PT, 'resource.userType.startsWith("P")', False),
        ('resource.userType.startsWith("Q")', PT, True),
        (PT, 'resource.userType.startsWith("Q")', True),
        ('resource.displayName.startsWith("A-")', 'resource.displayName.startsWith("B-")', True),
        ('resource.displayName.startsWith("A")', 'resource.displayName.startsWith("A-b")', False),
        (PT, 'asOf == timestamp("2026-01-01T00:00:00Z")', False),
        (PT, "resource.userType == resource.title", False),
        (PT, 'resource.name.givenName == "x"', False),
        ('resource["x"] == "a"', 'resource["x"] == "b"', False),
        (PT, "resource.", False),
    ],
)
def test_rules_share_an_endpoint_when_their_plainest_parts_contradict(
    tmp_path: Path, first: str, second: str, disjoint: bool
) -> None:
    found = targets(tmp_path, owned_by(first), owned_by(second))
    assert [line for line in found if "shared-endpoint" in line] == (
        [] if disjoint else ["b.yaml:4:26 shared-endpoint"]
    )


def test_groups_are_compared_as_users_are(tmp_path: Path) -> None:
    both = LOOKUP + ", groups: {ownership: exclusive, mapping: teams}"
    assert targets(tmp_path, both, both) == ["b.yaml:4:26 shared-endpoint"]


def test_embedded_providers_of_one_name_are_one(tmp_path: Path) -> None:
    one, other = "embedded:one", "embedded:other"
    assert targets(tmp_path, EXCLUSIVE, EXCLUSIVE, urls=(one, other)) == []
    assert targets(tmp_path, EXCLUSIVE, EXCLUSIVE, urls=(one, one)) == [
        "b.yaml:4:26 shared-endpoint"
    ]


def test_spelling_of_a_url_makes_no_second_endpoint() -> None:
    same = ["https://scim.example/v2", "HTTPS://SCIM.Example:443/v2/", "https://scim.example./v2//"]
    assert {same_endpoint(url) for url in same} == {"https://scim.example:443/v2"}
    others = ["https://scim.example/V2", "https://scim.example:8443/v2", "https://scim.example"]
    assert len({same_endpoint(url) for url in [*same, *others]}) == 4


def test_lookup_asks_the_profile_for_matching_attributes_only(tmp_path: Path) -> None:
    mapping = a_document(
        "AttributeMapping",
        "people",
        "{for: users, attributes: [{target: userName, source: userPrincipalName, match: 1}, "
        "{target: locale, source: preferredLanguage}]}",
    )
    target = "{{profile: zpa, baseUrl: 'embedded:t', users: {}}}"
    full = a_tree(tmp_path / "1", a=mapping, b=a_document("Target", "t", target.format(EXCLUSIVE)))
    only = a_tree(tmp_path / "2", a=mapping, b=a_document("Target", "t", target.format(LOOKUP)))
    assert shown(loaded(full).diagnostics) == ["a.yaml:4:90 path-not-accepted"]
    assert shown(loaded(only).diagnostics) == []

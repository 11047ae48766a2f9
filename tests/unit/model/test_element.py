from __future__ import annotations

import pytest

from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.element import (
    called,
    element_data,
    element_text,
    element_value,
    is_whole_list,
)
from reconciler.model.path import Json, Scalar, parse_path

LIST = Characteristics(AttributeType.COMPLEX, multi_valued=True)
ROLE = '{"displayName":"Read only","id":"r-1","value":"zpa.ro"}'


@pytest.mark.parametrize(
    ("item", "data"),
    [
        (
            ROLE,
            {
                "display": "Read only",
                "primary": False,
                "type": "WindowsAzureActiveDirectoryRole",
                "value": "zpa.ro",
            },
        ),
        (
            '{"id": "r-1", "value": "zpa.ro"}',
            {
                "display": "zpa.ro",
                "primary": False,
                "type": "WindowsAzureActiveDirectoryRole",
                "value": "zpa.ro",
            },
        ),
        ('{"type": "own", "value": "a"}', {"type": "own", "value": "a"}),
        ("plain", {"value": "plain"}),
        (7, {"value": 7}),
        ("{no json", {"value": "{no json"}),
        ("[1]", {"value": "[1]"}),
        ("{" * 5, {"value": "{" * 5}),
    ],
)
def test_element_is_sent_as_an_object_whatever_a_mapping_gives(item: Scalar, data: Json) -> None:
    text = element_text(item)
    assert element_data(text) == data
    assert element_text(text) == text  # canonical already


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (element_text(ROLE), "zpa.ro"),
        (ROLE, "zpa.ro"),  # as Entra sends it, kept by a provider that does not look inside
        ("zpa.ro", "zpa.ro"),
        ('{"display": "Admins"}', "Admins"),
        ('{"value": {"a": 1}}', '{"value": {"a": 1}}'),
        (True, True),
        (None, None),
    ],
)
def test_element_is_called_and_compared_by_its_value(item: Scalar, value: Scalar) -> None:
    assert element_value(item) == value


def test_list_is_shown_by_what_its_elements_are_called() -> None:
    listed = (element_text(ROLE), "plain")
    assert called("roles", listed) == ("zpa.ro", "plain")
    assert called("urn:example:User:badges", listed) == ("zpa.ro", "plain")
    assert called("nickName", listed) == listed
    assert called("roles", None) is None


@pytest.mark.parametrize(
    ("path", "known", "whole"),
    [
        ("roles", LIST, True),
        ("entitlements", LIST, True),
        ("urn:example:User:badges", LIST, True),
        ("emails", LIST, False),  # mapped one `type` at a time
        ('roles[primary eq "True"]', LIST, False),
        ("roles.value", Characteristics(), False),
        ("urn:example:User:badge", Characteristics(AttributeType.COMPLEX), False),
    ],
)
def test_roles_entitlements_and_lists_of_extensions_are_written_whole(
    path: str, known: Characteristics, whole: bool
) -> None:
    assert is_whole_list(parse_path(path), known) is whole

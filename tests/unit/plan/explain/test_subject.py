"""People type keys and names; what could mean two, or nobody, is never guessed."""

from __future__ import annotations

import pytest

from reconciler.model.identity import Kind, Subject, UserKey
from reconciler.plan.explain.subject import SubjectError, find_subject, find_user, name_of
from tests.unit.desired.builders_desired import a_group, a_tree, a_user

TREE = a_tree(
    users=[
        a_user("e1", displayName="Ada Lovelace"),
        a_user("e2", displayName="Bo Ek"),
        a_user("e3", displayName="bo ek"),
        a_user("ops", displayName=None),
    ],
    groups=[a_group("ops"), a_group("leads", displayName="Ada Lovelace's team")],
)
FORMS = "expected user:KEY, group:KEY, a key, a userPrincipalName or a displayName"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("user:e1", Subject(Kind.USER, "e1")),
        ("group:ops", Subject(Kind.GROUP, "ops")),
        ("e1", Subject(Kind.USER, "e1")),
        ("leads", Subject(Kind.GROUP, "leads")),
        ("E1@Zone.Example", Subject(Kind.USER, "e1")),
        ("ada lovelace", Subject(Kind.USER, "e1")),
        ("Ada Lovelace's Team", Subject(Kind.GROUP, "leads")),
    ],
)
def test_a_key_or_a_name_that_one_has_means_that_one(text: str, subject: Subject) -> None:
    assert find_subject(text, TREE) == subject


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "ops",
            SubjectError(
                '"ops" means 2 of them: user:ops "ops@zone.example", group:ops "ops"',
                "write one of them, as in user:ops",
                several=True,
            ),
        ),
        (
            "Bo Ek",
            SubjectError(
                '"Bo Ek" means 2 of them: user:e2 "Bo Ek", user:e3 "bo ek"',
                "write one of them, as in user:e2",
                several=True,
            ),
        ),
        ("user:e9", SubjectError('no user is declared as "e9"', FORMS)),
        ("group:opps", SubjectError('no group is declared as "opps"', "did you mean group:ops?")),
        (
            "Ada Lovelce",
            SubjectError(
                'nobody is called "Ada Lovelce"', 'did you mean user:e1 ("Ada Lovelace")?'
            ),
        ),
        ("nothing like it", SubjectError('nobody is called "nothing like it"', FORMS)),
        ("mail:e1", SubjectError('nobody is called "mail:e1"', FORMS)),
    ],
)
def test_what_means_nobody_or_several_is_refused_with_the_candidates(
    text: str, error: SubjectError
) -> None:
    assert find_subject(text, TREE) == error


def test_of_very_many_candidates_the_first_are_named() -> None:
    tree = a_tree(users=[a_user(f"e{n:02}", displayName="Ann") for n in range(12)])
    found = find_subject("Ann", tree)
    assert isinstance(found, SubjectError)
    assert found.message.endswith('user:e09 "Ann" and 2 more')


def test_where_only_a_person_can_be_meant_groups_are_not_looked_at() -> None:
    assert find_user("ops", TREE) == UserKey("ops")
    assert find_user("leads", TREE) == SubjectError('nobody is called "leads"', FORMS)


def test_whoever_has_no_name_is_called_by_the_key() -> None:
    tree = a_tree(users=[a_user("e1", userPrincipalName=None)])
    assert name_of(Subject(Kind.USER, "e1"), tree) == "e1"

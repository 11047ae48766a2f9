"""What authors are told about their conditions, filters, mappings and rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.desired.check import CODES, check
from reconciler.model.attributes import MANAGER
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, Position, error, has_errors, warning
from reconciler.model.identity import Kind
from reconciler.model.mapping import Apply, MappingRule
from reconciler.model.scoping import Clause, Match, Operator
from reconciler.model.target import Manage, OwnedWhen
from tests.unit.desired.builders_desired import (
    GROUP_NAME,
    MEMBERS,
    TARGET_AT,
    USER_NAME,
    a_clause,
    a_filter,
    a_group,
    a_handling,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    an_entry,
    constant,
    direct,
    expression,
    untouched,
)

FOLLOWS = """'Switch([IsSoftDeleted], , "False", "True", "True", "False")'"""


def test_ordinary_tree_has_no_findings() -> None:
    tree = a_tree(
        users=[a_user(accountEnabled=False)],
        groups=[a_group(rule='user.department == "NetSec" && user.extension_a == null')],
        filters=[
            a_filter(
                an_entry(
                    a_clause("country", Operator.EQUALS, "PT"),
                    a_clause("accountEnabled", Operator.IS_TRUE),
                    a_clause("otherMails", Operator.IS_NOT_NULL),
                    a_clause("extension_shoe", Operator.IS_FALSE),
                    a_clause("extension_hat", Operator.GREATER_THAN, "3"),
                    when="user.manager != null",
                )
            ),
            a_filter(an_entry(when="group.displayName != null"), kind=Kind.GROUP, name="groups"),
        ],
        user_mapping=a_mapping(
            USER_NAME,
            expression("active", FOLLOWS[1:-1]),
            constant("title", "staff"),
            direct("nickName", "extension_nick", default="none"),
            direct("urn:acme:2.0:User:mails", "otherMails"),
        ),
        target=a_target(
            users=a_handling(ownership=OwnedWhen('resource.userType == "git"', TARGET_AT))
        ),
    )
    assert check(tree) == ()


def findings_of_filter(*clauses: Clause, kind: Kind = Kind.USER) -> tuple[Diagnostic, ...]:
    return check(a_tree(filters=[a_filter(an_entry(*clauses), kind=kind)]))


AT = Position("filters.yaml", 5)
SUBJECT = 'ScopingFilter people, "staff"'


@pytest.mark.parametrize(
    ("clause", "code", "message", "hint"),
    [
        (
            a_clause("Country", Operator.EQUALS, "PT"),
            "unknown-attribute",
            "`Country` is not an attribute of a user",
            "did you mean `country`?",
        ),
        (
            a_clause("xyz", Operator.EQUALS, "PT"),
            "unknown-attribute",
            "`xyz` is not an attribute of a user",
            "see the attributes of a user",
        ),
        (
            a_clause("IsSoftDeleted", Operator.IS_FALSE),
            "unknown-attribute",
            "`IsSoftDeleted` is not an attribute of a user",
            "the filter itself decides it; test `accountEnabled`",
        ),
        (
            a_clause("otherMails", Operator.IS_TRUE),
            "operator-type",
            "IS TRUE wants true or false, and otherMails is a list of texts",
            "use EQUALS",
        ),
        (
            a_clause("employeeHireDate", Operator.GREATER_THAN, "20260101"),
            "operator-type",
            "Greater_Than compares text, and employeeHireDate is a date",
            "write `when: user.employeeHireDate != null && user.employeeHireDate <= asOf`",
        ),
        (
            a_clause("appRoleAssignments", Operator.IS_NULL),
            "unknown-attribute",
            "`appRoleAssignments` is not an attribute of a user",
            "use `entitledRoles` or `excludedRoles` of the Target",
        ),
        (
            a_clause("manager.departmnt", Operator.IS_NULL),
            "unknown-attribute",
            "`manager.departmnt` is not an attribute of a user",
            "did you mean `manager.department`?",
        ),
        (
            a_clause("manager.xyz", Operator.IS_NULL),
            "unknown-attribute",
            "`manager.xyz` is not an attribute of a user",
            "see the attributes of a user",
        ),
        (
            replace(a_clause("department", Operator.EQUALS, "x"), match=Match.ANY),
            "clause-option",
            "`match` is for lists, and department has one value",
            "remove `match`",
        ),
        (
            replace(a_clause("otherMails", Operator.IS_NULL), match=Match.ALL),
            "clause-option",
            "IS NULL asks whether there is a value, not which",
            "remove `match`",
        ),
        (
            replace(a_clause("department", Operator.EQUALS, "x"), null_is_match=True),
            "clause-option",
            "`nullIsMatch` belongs to a negation, and EQUALS is none",
            "use it with !&, NOT EQUALS, NOT REGEX MATCH; or add an entry with IS NULL",
        ),
        (
            a_clause("employeeId", Operator.HAS_BITS, "0"),
            "not-a-number",
            'HAS BITS takes a mask as a whole number above 0, and "0" is none',
            "write for example 6 for the bits 2 and 4",
        ),
        (
            a_clause("accountEnabled", Operator.EQUALS, "true"),
            "operator-type",
            "EQUALS compares text, and accountEnabled is true or false",
            "use IS TRUE or IS FALSE",
        ),
        (
            a_clause("department", Operator.IS_TRUE),
            "operator-type",
            "IS TRUE wants true or false, and department is text",
            "use EQUALS",
        ),
        (
            a_clause("employeeId", Operator.GREATER_THAN, "-1"),
            "not-a-number",
            'Greater_Than compares whole numbers, and "-1" is none',
            "write digits, or use REGEX MATCH or `when`",
        ),
        (
            a_clause("department", Operator.EQUALS, ""),
            "clause-value",
            "EQUALS has nothing to compare department with",
            "write a value, or use IS NULL",
        ),
    ],
)
def test_clause_that_cannot_work_is_an_error(
    clause: Clause, code: str, message: str, hint: str
) -> None:
    assert findings_of_filter(clause) == (error(code, f"{SUBJECT}: {message}", AT, hint=hint),)


@pytest.mark.parametrize("pattern", ["^(", "^(a+)+$"])
def test_pattern_that_is_refused_is_an_error(pattern: str) -> None:
    (found,) = findings_of_filter(a_clause("mail", Operator.REGEX_MATCH, pattern))
    assert (found.code, found.at) == ("bad-pattern", AT)
    assert found.message.startswith(f'{SUBJECT}: the pattern "{pattern}" is refused: ')


def test_value_too_many_or_too_few_is_left_to_the_reader_of_manifests() -> None:
    assert findings_of_filter(a_clause("mail", Operator.IS_NULL, "x")) == ()
    assert findings_of_filter(a_clause("mail", Operator.EQUALS, None)) == ()


def test_attributes_of_groups_are_their_own() -> None:
    (found,) = findings_of_filter(a_clause("country", Operator.EQUALS, "x"), kind=Kind.GROUP)
    assert found.message == f"{SUBJECT}: `country` is not an attribute of a group"
    assert findings_of_filter(a_clause("displayName", Operator.EQUALS, "x"), kind=Kind.GROUP) == ()


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        (Operator.NOT_EQUALS, "PT"),
        (Operator.NOT_REGEX_MATCH, "^PT$"),
        (Operator.NOT_IN, "PT,DE"),
    ],
)
def test_negation_surprises_about_people_without_a_value(operator: Operator, value: str) -> None:
    clause = a_clause("country", operator, value)
    said = f'{SUBJECT}: country {operator} "{value}" is false for a user without a value'
    hint = "write `nullIsMatch: true`, or add country IS NOT NULL to this entry"
    expected = warning("null-never-matches", said, AT, hint=hint)
    assert [d for d in findings_of_filter(clause) if d.code != "ambiguous-operator"] == [expected]
    settled = (replace(clause, null_is_match=True), replace(clause, negated=True))
    codes = {d.code for one in settled for d in findings_of_filter(one)}
    assert "null-never-matches" not in codes


def test_negation_surprises_nobody_where_the_question_is_settled() -> None:
    not_pt = a_clause("country", Operator.NOT_EQUALS, "PT")
    assert findings_of_filter(not_pt, a_clause("country", Operator.IS_NOT_NULL)) == ()
    elsewhere = an_entry(a_clause("country", Operator.IS_NULL), name="no country")
    assert check(a_tree(filters=[a_filter(an_entry(not_pt), elsewhere)])) == ()
    assert findings_of_filter(a_clause("userPrincipalName", Operator.NOT_EQUALS, "x")) == ()
    named = a_clause("displayName", Operator.NOT_EQUALS, "x")
    assert findings_of_filter(named, kind=Kind.GROUP) == ()
    assert len(findings_of_filter(named)) == 1


@pytest.mark.parametrize(
    ("pattern", "warned"),
    [
        ("[1-9][0-9]", True),
        ("^[1-9]", False),
        ("(?i)^a", False),
        (r"\Aa", False),
        ("a$", False),
        (r"a\z", False),
        (".*a.*", False),
        ("^(a|b)$", False),
        ("^a$|^b$", False),
        (r"^[|]\|$", False),
    ],
)
def test_pattern_without_any_end_surprises(pattern: str, warned: bool) -> None:
    found = findings_of_filter(a_clause("employeeId", Operator.REGEX_MATCH, pattern))
    expected = warning(
        "unanchored-pattern",
        f"{SUBJECT}: the pattern for employeeId may match anywhere in the value",
        AT,
        hint="begin it with ^ or end it with $; `.*` says that anything may stand there",
    )
    assert found == ((expected,) if warned else ())


@pytest.mark.parametrize("pattern", ["^PT|DE$", "^PT|^DE$", r"^(a|b)|c$"])
def test_anchors_around_alternatives_that_nothing_groups_surprise(pattern: str) -> None:
    (found,) = findings_of_filter(a_clause("country", Operator.REGEX_MATCH, pattern))
    assert found == warning(
        "unanchored-pattern",
        f"{SUBJECT}: the anchors of the pattern for country belong to one side of its `|` each",
        AT,
        hint="put the alternatives between parentheses, as in ^(PT|DE)$",
    )


@pytest.mark.parametrize(
    ("operator", "said"), [(Operator.IN, "stands"), (Operator.NOT_IN, "does not stand")]
)
def test_reverse_containment_asks_to_be_confirmed(operator: Operator, said: str) -> None:
    clause = replace(a_clause("country", operator, "PT;DE"), negated=True)
    (found,) = findings_of_filter(clause)
    assert (found.code, found.severity, found.at) == ("ambiguous-operator", "warning", AT)
    assert f"{operator} asks whether the text of country {said} anywhere in the value" in (
        found.message
    )


def test_list_without_a_word_on_how_many_surprises() -> None:
    clause = a_clause("otherMails", Operator.INCLUDES, "x")
    assert findings_of_filter(clause) == (
        warning(
            "match-not-said",
            f"{SUBJECT}: otherMails is a list, and Includes must hold for every value of it",
            AT,
            hint="write `match: any`, or `match: all` to say that it is meant",
        ),
    )
    assert findings_of_filter(replace(clause, match=Match.ALL)) == ()
    assert findings_of_filter(a_clause("otherMails", Operator.IS_NULL)) == ()


def test_condition_that_looks_at_no_managers_attributes_surprises() -> None:
    def told(condition: str) -> list[str]:
        tree = a_tree(filters=[a_filter(an_entry(when=condition))])
        return [d.code for d in check(tree)]

    assert told('manager.department == "Ops"') == ["manager-may-be-null"]
    assert told('manager != null && manager.department == "Ops"') == []
    assert told("null == manager") == []


@pytest.mark.parametrize(
    ("tree", "label", "at"),
    [
        (
            a_tree(groups=[a_group(rule="user.departmnt == 1")]),
            "Group g1: `memberRule`",
            Position("groups.yaml", 60),
        ),
        (
            a_tree(filters=[a_filter(an_entry(when="user.departmnt == 1"))]),
            f"{SUBJECT}: `when`",
            Position("filters.yaml", 4),
        ),
    ],
)
def test_condition_that_does_not_compile_is_an_error(
    tree: Declared, label: str, at: Position
) -> None:
    message = (
        f"{label} is not a condition: `user.departmnt` is not an attribute (line 1, column 5 of it)"
    )
    hint = "did you mean `user.department`?"
    assert check(tree) == (error("bad-condition", message, at, hint=hint),)


def test_rule_without_a_place_is_reported_at_its_group() -> None:
    group = replace(a_group(rule="1"), member_rule_at=None)
    (found,) = check(a_tree(groups=[group]))
    assert found.at == group.at


@pytest.mark.parametrize("kind", list(Kind))
def test_ownership_rule_that_does_not_compile_is_an_error(kind: Kind) -> None:
    owned = OwnedWhen("resource.usertype == 'git'", Position("targets.yaml", 9))
    target = (
        a_target(users=a_handling(ownership=owned))
        if kind is Kind.USER
        else a_target(groups=a_handling(ownership=owned, mapping="groups"))
    )
    message = (
        f"Target app: the ownership rule of {kind}s is not a condition: "
        "`resource.usertype` is not an attribute (line 1, column 9 of it)"
    )
    hint = "did you mean `resource.userType`?"
    assert check(a_tree(target=target)) == (
        error("bad-condition", message, Position("targets.yaml", 9), hint=hint),
    )


def findings_of_rule(rule: MappingRule, kind: Kind = Kind.USER) -> tuple[Diagnostic, ...]:
    if kind is Kind.USER:
        return check(a_tree(user_mapping=a_mapping(USER_NAME, rule)))
    return check(a_tree(group_mapping=a_mapping(GROUP_NAME, MEMBERS, rule, kind=kind)))


@pytest.mark.parametrize(
    ("rule", "code", "message", "hint"),
    [
        (
            direct("title", "jobtitle"),
            "unknown-attribute",
            "`title` comes from `jobtitle`, no attribute of a user",
            "did you mean `jobTitle`?",
        ),
        (
            direct("title", "zzz"),
            "unknown-attribute",
            "`title` comes from `zzz`, no attribute of a user",
            "see the attributes of a user",
        ),
        (
            expression("title", 'Append([jobTitel], "!")'),
            "unknown-attribute",
            "`title` comes from `jobTitel`, no attribute of a user",
            "did you mean `jobTitle`?",
        ),
        (
            constant("active", "yes"),
            "value-type",
            '"yes" does not fit `active`, which takes true or false (or "True", "False" as text)',
            "write another value, or another source",
        ),
        (
            direct("active", "IsSoftDeleted", default="maybe"),
            "value-type",
            'the default "maybe" does not fit `active`, which takes true or false '
            '(or "True", "False" as text)',
            "write another value, or another source",
        ),
        (
            direct('emails[type eq "other"].value', "proxyAddresses"),
            "value-type",
            '`proxyAddresses` does not fit `emails[type eq "other"].value`, which takes one '
            "value, and there is a list; pick one, as in `Item([otherMails], 1)`",
            "write another value, or another source",
        ),
        (
            direct(MANAGER.text, "department"),
            "reference-source",
            f"`{MANAGER}` holds the provider's id of another user, which only the key of a "
            "declared user leads to",
            "write `source: manager`",
        ),
        (
            constant(MANAGER.text, "42"),
            "reference-source",
            f"`{MANAGER}` holds the provider's id of another user, which only the key of a "
            "declared user leads to",
            "write `source: manager`",
        ),
        (
            direct(MANAGER.text, "manager", match=2),
            "reference-option",
            f"`{MANAGER}` names another user, so no live resource is found by it",
            "remove `match`",
        ),
        (
            direct(MANAGER.text, "manager", default="e1"),
            "reference-option",
            f"`{MANAGER}` names another user, and a default is nobody's key",
            "remove `default`",
        ),
        (
            expression(MANAGER.text, "Redact([manager])"),
            "reference-option",
            f"`{MANAGER}` names another user, whom a plan has to show: `Redact` hides nobody",
            "write `source: manager`",
        ),
    ],
)
def test_rule_that_cannot_work_is_an_error(
    rule: MappingRule, code: str, message: str, hint: str
) -> None:
    found = [d for d in findings_of_rule(rule) if d.code != "active-ignores-scope"]
    assert found == [error(code, f"AttributeMapping m: {message}", rule.at, hint=hint)]


def test_broken_expression_is_an_error_with_its_place() -> None:
    (found,) = findings_of_rule(expression("title", 'Append([jobTitle "!")'))
    assert (found.code, found.at) == ("bad-expression", Position("mappings.yaml", 50))
    assert found.message.startswith("AttributeMapping m: the expression for `title` is refused: ")
    assert found.message.endswith("of it)")
    assert found.hint is not None
    assert found.hint.startswith("expected ")


def test_attributes_of_groups_are_their_own_in_mappings_too() -> None:
    (found,) = findings_of_rule(direct("title", "jobTitle"), Kind.GROUP)
    assert found.message.endswith("`title` comes from `jobTitle`, no attribute of a group")


def test_target_that_cannot_be_mapped_is_left_to_the_reader_of_manifests() -> None:
    assert findings_of_rule(constant("name", "Ada")) == ()


@pytest.mark.parametrize(
    "rule",
    [
        direct("active", "accountEnabled"),
        constant("active", True),
        expression("active", "[accountEnabled]"),
    ],
)
def test_active_that_ignores_the_scope_is_a_warning(rule: MappingRule) -> None:
    said = (
        "AttributeMapping m: `active` does not follow IsSoftDeleted, so it stays true for "
        "somebody who is unassigned or out of scope"
    )
    expected = warning("active-ignores-scope", said, rule.at, hint=f"write {FOLLOWS}")
    assert findings_of_rule(rule) == (expected,)


@pytest.mark.parametrize("kind", list(Kind))
def test_required_attribute_that_nobody_maps_is_an_error(kind: Kind) -> None:
    path = "userName" if kind is Kind.USER else "displayName"
    rule = direct("externalId", "objectId", match=1)
    mapping = a_mapping(rule, kind=kind)
    tree = a_tree(user_mapping=mapping) if kind is Kind.USER else a_tree(group_mapping=mapping)
    message = (
        f"Target app: profile rfc7644 requires `{path}` of every {kind}, "
        "and AttributeMapping m does not write it"
    )
    expected = error(
        "required-not-mapped", message, TARGET_AT, hint=f"add an entry with `target: {path}`"
    )
    assert check(tree) == (expected,)


def test_nothing_is_required_of_what_is_only_looked_up_or_not_known() -> None:
    mapping = a_mapping(direct("externalId", "objectId", match=1))
    lookup = a_target(users=a_handling(manage=Manage.LOOKUP))
    assert check(a_tree(user_mapping=mapping, target=lookup)) == ()
    assert check(a_tree(user_mapping=mapping, target=a_target(profile="acme"))) == ()
    nameless = a_target(users=a_handling(mapping=None))
    assert check(a_tree(user_mapping=mapping, target=nameless)) == ()


def test_account_without_true_or_false_is_an_error() -> None:
    message = "User e1: accountEnabled is written without a value"
    hint = "write true or false, or remove the line, which means true"
    expected = error("unclear-account-enabled", message, Position("users.yaml", 11, 5), hint=hint)
    assert check(a_tree(users=[a_user(accountEnabled=None)])) == (expected,)


def test_findings_come_in_the_order_of_the_files_and_with_documented_codes() -> None:
    tree = a_tree(
        users=[a_user(accountEnabled=None)],
        groups=[a_group(rule="1")],
        filters=[
            a_filter(
                an_entry(
                    a_clause("mail", Operator.NOT_REGEX_MATCH, "a", line=9),
                    a_clause("mail", Operator.REGEX_MATCH, "(", line=8),
                )
            )
        ],
    )
    found = check(tree)
    assert [d.code for d in found] == [
        "bad-pattern",
        "null-never-matches",
        "unanchored-pattern",
        "bad-condition",
        "unclear-account-enabled",
    ]
    assert set(CODES) >= {d.code for d in found}
    assert list(CODES) == sorted(CODES)
    assert has_errors(found)


@pytest.mark.parametrize("text", ["Now()", 'Append("x",Guid())', "RandomString(6,3,0,0,3)"])
def test_what_changes_with_every_plan_is_for_creation_alone(text: str) -> None:
    always = expression("title", text)
    tree = a_tree(user_mapping=a_mapping(USER_NAME, always))
    (found,) = check(tree)
    assert found.code == "only-on-create"
    assert found.at == Position("mappings.yaml", 50)
    once = replace(always, apply=Apply.ON_CREATE)
    assert check(a_tree(user_mapping=a_mapping(USER_NAME, once))) == ()


def test_unique_value_cannot_be_what_finds_the_live_resource() -> None:
    text = 'SelectUniqueValue([mailNickname],Append([mailNickname],"1"))'
    chosen = expression("nickName", text)
    assert check(a_tree(user_mapping=a_mapping(USER_NAME, chosen))) == ()
    (found,) = check(a_tree(user_mapping=a_mapping(USER_NAME, replace(chosen, match=2))))
    assert (found.code, found.at) == ("unique-value-match", Position("mappings.yaml", 50))


def test_default_domain_must_be_stated_where_a_mapping_asks_for_it() -> None:
    asking = a_mapping(USER_NAME, expression("nickName", 'Join("@",[mail],DefaultDomain())'))
    (found,) = check(a_tree(user_mapping=asking))
    assert (found.code, found.at) == ("default-domain-missing", TARGET_AT)
    stated = replace(a_target(), default_domain="zone.example")
    assert check(a_tree(user_mapping=asking, target=stated)) == ()
    without = replace(a_target(), users=a_handling(mapping=None))
    assert check(a_tree(user_mapping=asking, target=without)) == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('IIF([city]="","none",[city])', "IIF asks whether there is a value (character 5)"),
        ('IIF("" <> [city],[city],"none")', "IIF asks whether there is a value (character 5)"),
        ('Append(IIF(IsPresent([city]),"a","b"),"c")', "a value (character 12)"),
        ('Switch(IsNullOrEmpty([city]),"no","True","yes")', "Switch looks at what IsNullOrEmpty"),
    ],
)
def test_what_entra_would_do_otherwise_is_a_warning(text: str, what: str) -> None:
    (found,) = check(a_tree(user_mapping=a_mapping(USER_NAME, expression("title", text))))
    assert (found.code, found.severity.value) == ("entra-differs", "warning")
    assert what in found.message


@pytest.mark.parametrize(
    "text",
    [
        'IIF([city]="Faro","a","b")',
        'Switch([city],"a","","b")',
        'IIF(Not([city]),"a","")',
        "IsPresent([city])",
    ],
)
def test_what_entra_does_as_well_is_no_warning(text: str) -> None:
    assert check(a_tree(user_mapping=a_mapping(USER_NAME, expression("title", text)))) == ()


def test_untouched_attribute_is_judged_by_its_default_alone() -> None:
    assert findings_of_rule(untouched("title", "staff")) == ()
    (found,) = findings_of_rule(untouched("emails[primary eq true].primary", "perhaps"))
    assert (found.code, found.at) == ("value-type", Position("mappings.yaml", 70))

"""Broken manifests: one clear message with a place, exit code 4, no traceback, nothing sent."""

from __future__ import annotations

import pytest

from tests.e2e.shell import Shell

PERSON = "apiVersion: reconciler/v1\nkind: User\nmetadata: {name: e9}\nspec:\n"

FAULTS = {
    "broken YAML": (b"a: [1,\nb: }", "bad.yaml:"),
    "an unknown field": (
        f"{PERSON}  userPrincipalName: x@zone.example\n  departmnt: IT\n".encode(),
        "bad.yaml:6:3: error[unknown-field]",
    ),
    "a missing reference": (
        b"apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: g}\n"
        b"spec: {displayName: G, members: [e99]}\n",
        "e99",
    ),
    "not UTF-8": (b"\xff\xfe\x00", "bad.yaml"),
    "an alias bomb": (
        b"a: &a [x, x]\n"
        + b"".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n".encode()
            for n in range(20)
        ),
        "bad.yaml:1:",
    ),
    "nesting without end": (b"[" * 100_000, "bad.yaml:1:"),
    "a wrong condition": (
        b"apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: g}\n"
        b"spec: {displayName: G, memberRule: user.departmnt == 'IT'}\n",
        "department",
    ),
    "a wrong expression": (
        b"apiVersion: reconciler/v1\nkind: AttributeMapping\nmetadata: {name: m}\nspec:\n"
        b"  for: users\n  attributes:\n"
        b"    - {target: userName, source: userPrincipalName, match: 1}\n"
        b"    - {target: title, expression: 'Jion([givenName])'}\n",
        "Join",
    ),
}


@pytest.mark.parametrize("name", sorted(FAULTS))
@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
def test_a_broken_manifest_is_shown_with_its_place(name: str, command: str, shell: Shell) -> None:
    content, expected = FAULTS[name]
    shell.small_organisation().write("manifests/bad.yaml", content)

    ran = shell.run(command)

    assert ran.code == 4
    assert expected in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


def test_the_hint_names_what_was_meant(shell: Shell) -> None:
    shell.small_organisation().write("manifests/bad.yaml", FAULTS["an unknown field"][0])
    assert "did you mean `department`?" in shell.run("validate").out


def test_all_findings_come_in_one_pass(shell: Shell) -> None:
    shell.small_organisation()
    shell.write("manifests/one.yaml", FAULTS["an unknown field"][0])
    shell.write("manifests/two.yaml", FAULTS["broken YAML"][0])
    shell.write("manifests/three.yaml", FAULTS["a missing reference"][0])

    found = {d["file"] for d in shell.run("validate", "--format", "json").data["diagnostics"]}

    assert found == {"manifests/one.yaml", "manifests/two.yaml", "manifests/three.yaml"}


def test_a_tree_that_is_not_there_is_said_to_be_missing(shell: Shell) -> None:
    ran = shell.run("plan")
    assert ran.code == 4
    assert "manifests" in ran.err


def test_an_unknown_target_is_a_usage_error_that_names_the_known_ones(shell: Shell) -> None:
    ran = shell.small_organisation().run("plan", "bix")
    assert ran.code == 64
    assert "box" in ran.err


@pytest.mark.parametrize(
    "args",
    [
        ("plan", "--frobnicate"),
        ("frobnicate",),
        ("plan", "--as-of", "yesterday"),
        ("plan", "--only", "cause:boredom"),
        ("apply",),
        ("schema", "nothing"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(args: tuple[str, ...], shell: Shell) -> None:
    ran = shell.small_organisation().run(*args)
    assert ran.code == 64
    assert "error" in ran.err
    assert "Traceback" not in ran.err

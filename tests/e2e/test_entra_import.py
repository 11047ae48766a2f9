"""Moving in from Entra and back, as a user would: files in, files out, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.shell import Shell

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "entra"


@pytest.fixture
def gallery(shell: Shell) -> Shell:
    """The configuration of the gallery's ZPA application, with its secrets and its job."""
    shutil.copytree(CASES, shell.directory / "entra")
    return shell


IMPORT = ("import", "entra", "entra/zpa_gallery.json", "--target", "zpa")
SETTINGS = ("--secrets", "entra/settings/secrets.json", "--job", "entra/settings/job.json")


def test_an_imported_configuration_is_valid_and_goes_back(gallery: Shell) -> None:
    ran = gallery.run(*IMPORT, *SETTINGS, "-o", "manifests")
    assert (ran.code, ran.out) == (0, "")
    assert "3 files written below manifests." in ran.err
    assert "warning[not-carried-over]: the job: stops at 500 deletions" in ran.err

    gallery.write("policies/.keep", "")
    valid = gallery.run("validate")
    assert valid.code == 0, valid.out

    back = gallery.run("export", "entra", "zpa", "-o", "back.json")
    assert (back.code, back.out, back.err) == (0, "", "")
    assert gallery.run("import", "entra", "back.json", "-o", "again").code == 0
    for file in ("mappings/zpa.yaml", "scoping/zpa.yaml"):
        assert gallery.read(f"again/{file}") == gallery.read(f"manifests/{file}")


def test_no_secret_reaches_any_output(gallery: Shell) -> None:
    ran = gallery.run(*IMPORT, *SETTINGS)
    assert ran.code == 0
    assert "baseUrl: https://scim1.private.zscaler.com/scim/1/720575/v2\n" in ran.out
    assert "canary" not in ran.out + ran.err


def test_manifests_go_to_standard_output_and_warnings_beside_it(gallery: Shell) -> None:
    ran = gallery.run("import", "entra", "entra/roles_and_unknown.json")
    assert ran.code == 0
    assert ran.out.count("apiVersion: reconciler/v1") == 3
    assert "`displayName` needs Frobnicate, which is not supported" in ran.err
    assert "Frobnicate([displayName]" in ran.out


def test_an_unknown_function_is_a_warning_at_its_line(gallery: Shell) -> None:
    imported = gallery.run("import", "entra", "entra/trees_only.json", "-o", "manifests")
    assert imported.code == 0
    ran = gallery.run("validate")
    assert ran.code == 0
    assert "mappings/trees.yaml:" in ran.out
    assert "warning[unsupported-function]" in ran.out
    assert "Mystery" in ran.out


def test_files_are_written_over_only_by_force(gallery: Shell) -> None:
    assert gallery.run(*IMPORT, "-o", "out").code == 0
    gallery.write("out/scoping/zpa.yaml", "mine")
    shutil.rmtree(gallery.directory / "out" / "targets")

    refused = gallery.run(*IMPORT, "-o", "out")
    assert refused.code == 1
    assert "would be written over, so nothing was written" in refused.err
    assert gallery.read("out/scoping/zpa.yaml") == "mine"
    assert not (gallery.directory / "out" / "targets").exists()

    assert gallery.run(*IMPORT, "-o", "out", "--force").code == 0
    assert gallery.read("out/scoping/zpa.yaml") != "mine"
    gallery.write("back.json", "mine")
    assert gallery.run("export", "entra", "--manifests", "out", "zpa", "-o", "back.json").code == 1
    assert gallery.read("back.json") == "mine"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 200_000,
        b'{"synchronizationRules": {}}',
        b"\xff",
        b'{"synchronizationRules":[]}',
    ],
    ids=["empty", "no schema", "deep", "a wrong shape", "not UTF-8", "no rules"],
)
def test_what_is_no_schema_ends_with_code_4(content: bytes, gallery: Shell) -> None:
    gallery.write("bad.json", content)
    ran = gallery.run("import", "entra", "bad.json", "-o", "out")
    assert (ran.code, ran.out) == (4, "")
    assert "error[" in ran.err
    assert "Traceback" not in ran.err
    assert not (gallery.directory / "out").exists()


def test_broken_secrets_end_with_code_4_too(gallery: Shell) -> None:
    gallery.write("bad.json", b'{"value": 5}')
    ran = gallery.run(*IMPORT, "--secrets", "bad.json")
    assert (ran.code, ran.out) == (4, "")


def test_a_filter_without_clauses_is_refused(gallery: Shell) -> None:
    schema = json.loads(gallery.read("entra/zpa_gallery.json"))
    mapping = schema["synchronizationRules"][0]["objectMappings"][0]
    mapping["scope"]["groups"][0]["clauses"] = []
    gallery.write("s.json", json.dumps(schema))
    ran = gallery.run("import", "entra", "s.json")
    assert (ran.code, ran.out) == (4, "")
    assert (
        'error[empty-filter]: users, scoping filter "staff with a number" has no clause' in ran.err
    )


def test_what_is_not_there_is_said(gallery: Shell) -> None:
    assert gallery.run("import", "entra", "nowhere.json").code == 1
    assert gallery.run("import", "entra", "entra/zpa_gallery.json", "--target", "No!").code == 64
    assert gallery.run(*IMPORT, "-o", "manifests").code == 0
    unknown = gallery.run("export", "entra", "other")
    assert unknown.code == 64
    assert "the tree has: zpa" in unknown.err
    assert gallery.run("import").code == 64


def test_what_is_wrong_with_a_file_names_it_as_it_was_given(shell: Shell) -> None:
    shell.write("exports/zpa.json", "{")
    ran = shell.run("import", "entra", "exports/zpa.json")
    assert (ran.code, ran.err.startswith("exports/zpa.json:1:2: error[not-json]")) == (4, True)


def test_a_condition_cannot_be_exported_and_its_line_is_named(gallery: Shell) -> None:
    ran = gallery.run("export", "entra", "--manifests", str(ROOT / "manifests"), "zpa-prod")
    assert (ran.code, ran.out) == (4, "")
    assert f"{ROOT}/manifests/scoping/zpa-prod.yaml:" in ran.err  # as it can be opened from here
    assert "error[not-in-entra]" in ran.err


def test_the_commands_run_as_a_real_process(gallery: Shell) -> None:
    ran = gallery.process(*IMPORT)
    assert ran.code == 0
    assert "kind: Target" in ran.out

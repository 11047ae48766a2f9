"""Writes an invented organisation of any size as manifests, the same bytes for the same sizes.

    python tests/benchmarks/organisation.py DIRECTORY --users 10000 --groups 200 \\
        --memberships 100000
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

DEPARTMENTS = ("Engineering", "Finance", "Sales", "NetSec", "Legal", "People", "Support", "IT")
COUNTRIES = ("PT", "DE", "IN", "BR", "JP", "US", "PL", "KE")
PER_FILE = 500

TARGET = """\
apiVersion: reconciler/v1
kind: Target
metadata: {{name: bench}}
spec:
  profile: {profile}
  baseUrl: {base_url}
{credential}  scope: assigned
  users:
    ownership: exclusive
    filter: staff
    mapping: people
    actions: [create, update, deactivate, delete]
  groups:
    ownership: exclusive
    mapping: teams
    actions: [create, update, delete]
---
apiVersion: reconciler/v1
kind: ScopingFilter
metadata: {{name: staff}}
spec:
  for: users
  anyOf:
    - name: employees
      allOf:
        - {{attribute: userType, operator: EQUALS, value: Member}}
        - {{attribute: employeeId, operator: IS NOT NULL}}
    - name: everybody else with a manager
      when: user.manager != null
---
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {{name: people}}
spec:
  for: users
  attributes:
    - {{target: userName, source: userPrincipalName, match: 1}}
    - {{target: externalId, source: objectId}}
    - {{target: active, expression: 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'}}
    - {{target: 'emails[type eq "work"].value', source: mail}}
    - {{target: name.givenName, source: givenName}}
    - {{target: name.familyName, source: surname}}
    - {{target: displayName, expression: 'Join(" ", [givenName], [surname])'}}
    - target: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
      source: department
---
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {{name: teams}}
spec:
  for: groups
  attributes:
    - {{target: displayName, source: displayName, match: 1}}
    - {{target: members, source: members}}
    - {{target: externalId, source: objectId}}
"""


def person(number: int) -> str:
    key = f"e{number:06d}"
    return f"""\
- kind: User
  metadata: {{name: {key}}}
  spec:
    userPrincipalName: {key}@zone.example
    mail: {key}@zone.example
    givenName: Given{number % 977}
    surname: Family{number % 1999}
    department: {DEPARTMENTS[number % len(DEPARTMENTS)]}
    country: {COUNTRIES[number % len(COUNTRIES)]}
    employeeId: "{number:06d}"
    userType: Member
    jobTitle: Position {number % 37}
"""


def write(
    directory: Path,
    *,
    users: int,
    groups: int,
    memberships: int,
    profile: str = "rfc7644",
    base_url: str = "embedded:bench",
    credential: str | None = None,
) -> None:
    """One group assigns everybody; the others share the memberships evenly, chosen by a seed."""
    (directory / "people").mkdir(parents=True, exist_ok=True)
    (directory / "groups").mkdir(exist_ok=True)
    for first in range(0, users, PER_FILE):
        last = min(first + PER_FILE, users)
        text = "apiVersion: reconciler/v1\nkind: List\nitems:\n" + "".join(
            person(n) for n in range(first, last)
        )
        (directory / "people" / f"{first:06d}.yaml").write_text(text, encoding="utf-8")
    chance = random.Random(20260101)
    each = min(memberships // groups, users)
    for number in range(groups):
        members = sorted(chance.sample(range(users), each))
        lines = "".join(f"    - e{member:06d}\n" for member in members)
        (directory / "groups" / f"g{number:04d}.yaml").write_text(
            "apiVersion: reconciler/v1\nkind: Group\n"
            f"metadata: {{name: g{number:04d}}}\nspec:\n  displayName: Group {number:04d}\n"
            f"  members:\n{lines}",
            encoding="utf-8",
        )
    everybody = "".join(f"    - e{n:06d}\n" for n in range(users))
    assigned = "".join(f"    - g{n:04d}\n" for n in range(groups))
    (directory / "assignment.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Assignment\nmetadata: {name: everybody}\n"
        f"spec:\n  target: bench\n  groups:\n{assigned}  users:\n{everybody}",
        encoding="utf-8",
    )
    line = f"  credential: {credential}\n" if credential else ""
    (directory / "target.yaml").write_text(
        TARGET.format(profile=profile, base_url=base_url, credential=line), encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--memberships", type=int, default=100_000)
    sizes = parser.parse_args()
    write(
        sizes.directory,
        users=sizes.users,
        groups=sizes.groups,
        memberships=sizes.memberships,
    )


if __name__ == "__main__":
    main()

"""All manifests of a directory, read file by file, before they are compared with each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from reconciler.documents import read_documents
from reconciler.manifests.collector import collector_paused
from reconciler.manifests.envelope import Directory, Manifest, Reading
from reconciler.manifests.files import read_tree
from reconciler.manifests.origin import Origin
from reconciler.manifests.suppress import Suppressions, read_suppressions
from reconciler.model.diagnostic import Diagnostic

E_co = TypeVar("E_co", covariant=True)


@dataclass(frozen=True, slots=True)
class DirectoryReading(Generic[E_co]):
    """What was read. `unread` names the files that could not be read whole.

    `documents` counts manifests, those inside a List one by one.
    """

    manifests: tuple[Manifest[E_co], ...]
    found: tuple[Diagnostic, ...]
    suppressions: Suppressions
    unread: tuple[str, ...]
    digest: str
    files: int
    documents: int


def read_directory(
    root: Path, directory: Directory[E_co], prefix: str = ""
) -> DirectoryReading[E_co]:
    """Every manifest below `root`, in the order of files and lines.

    `prefix` goes before each file's name wherever a place is shown: people click on
    `manifests/groups/access.yaml:7`, and a pull request's annotations need the whole path.
    """
    tree = read_tree(root).under(prefix)
    reading = Reading(directory)
    found = list(tree.found)
    suppressions = Suppressions()
    with collector_paused():
        for file in tree.files:
            documents, faults = read_documents(file.data, file.name)
            found += faults
            suppressions += read_suppressions(file.data, file.name)
            for document in documents:
                reading.document(Origin(file.name, document))
    return DirectoryReading(
        manifests=tuple(reading.manifests),
        found=(*found, *reading.found),
        suppressions=suppressions,
        unread=tuple(sorted({fault.at.file for fault in found if fault.at is not None})),
        digest=tree.digest,
        files=len(tree.files),
        documents=reading.count,
    )

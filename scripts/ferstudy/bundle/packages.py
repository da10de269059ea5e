"""The software bill of materials of a study: every pinned package, as CycloneDX 1.6 has it (https://cyclonedx.org)."""

import json
import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple

LOCK = "ferstudy/requirements.lock"  # in the bundle
NAME = "ferstudy/sbom.cdx.json"
OWN = "ferstudy"
FORMAT = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
PINNED = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)(?:\s*;\s*(.+?))?\s*\\?")
DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pinned(NamedTuple):
    """A package of a lock file."""

    name: str
    version: str
    marker: str  # where it is installed (PEP 508); empty: everywhere
    digests: tuple[str, ...]  # SHA-256 of each of its files, any of which may be the one that is installed
    wanted_by: tuple[str, ...]  # names of the packages, or of the project, that need it

    @property
    def address(self) -> str:
        """Its package URL, by which databases of vulnerabilities know it."""
        return f"pkg:pypi/{self.name}@{self.version}"


def bill(lock: str, release: str) -> str:
    """The JSON of the bill of `lock`, the text of requirements.lock; `release` is that of ferstudy; it has no date."""
    packages = list(pinned(lock))
    own = {"type": "application", "bom-ref": OWN, "name": OWN, "version": release}
    needs = {OWN: [], **{one.address: [] for one in packages}}
    by_name: dict[str, list[str]] = {OWN: [OWN]}
    for one in packages:
        by_name.setdefault(one.name, []).append(one.address)
    for one in packages:
        for other in one.wanted_by:
            for address in by_name.get(other, ()):
                needs[address].append(one.address)
    told = FORMAT | {
        "metadata": {"component": own},
        "components": [_component(one) for one in packages],
        "dependencies": [{"ref": ref, "dependsOn": sorted(on)} for ref, on in needs.items()],
    }
    return json.dumps(told, indent=1) + "\n"


def pinned(lock: str) -> Iterator[Pinned]:
    """The packages of a lock file as `uv pip compile --generate-hashes` writes it, in its order."""
    lines = lock.splitlines()
    for i, line in enumerate(lines):
        if found := PINNED.fullmatch(line):
            own = list(takewhile(lambda text: text.startswith(" "), lines[i + 1 :]))
            digests = tuple(digest[1] for text in own if (digest := DIGEST.search(text)))
            names = (text.strip(" #").removeprefix("via").split() for text in own if "#" in text)
            yield Pinned(found[1], found[2], found[3] or "", digests, tuple(words[0] for words in names if words))


def _component(one: Pinned) -> dict[str, Any]:
    told = {
        "type": "library",
        "bom-ref": one.address,
        "name": one.name,
        "version": one.version,
        "purl": one.address,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.digests],
    }
    return {**told, "properties": [{"name": "python:marker", "value": one.marker}]} if one.marker else told

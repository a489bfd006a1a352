"""What a release is made of: the packages of a lock file, and their document in CycloneDX 1.6 (Ecma-424).

Made of the lock file alone, so that it lists what is installed anywhere, and is the same wherever it is made.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<where>[^\\]+?))?\s*\\?$"
)
HASH = re.compile(r"^\s+--hash=sha256:(?P<sha256>[0-9a-f]{64})\s*\\?$")
ASKED = re.compile(r"^\s+#\s+(?!via$)(?:via\s+)?(?P<by>[\w.-]+)(?:\s+\(.*\))?$")


class Part(NamedTuple):
    """A pinned package. where: for which machines, as the lock says it; by: the packages that ask for it."""

    name: str
    version: str
    where: str
    sha256: tuple[str, ...]
    by: tuple[str, ...]

    @property
    def ref(self) -> str:
        """Its package URL (purl)."""
        return f"pkg:pypi/{self.name}@{self.version}"


class Unpinned(ValueError):
    """Raised when a line of a lock file is no pin, no hash and no comment, or a pin has no hash."""


def read(lock: str) -> list[Part]:
    """Return the packages of a lock file, in its order. Raises Unpinned."""
    found: list[Part] = []
    for number, line in enumerate(lock.splitlines(), 1):
        if pin := PIN.match(line):
            found.append(Part(plain(pin["name"]), pin["version"], pin["where"] or "", (), ()))
        elif found and (held := HASH.match(line)):
            found[-1] = found[-1]._replace(sha256=(*found[-1].sha256, held["sha256"]))
        elif found and (asked := ASKED.match(line)):
            found[-1] = found[-1]._replace(by=(*found[-1].by, plain(asked["by"])))
        elif line.strip() and not line.lstrip().startswith("#"):
            raise Unpinned(f"Line {number} of the lock file pins nothing by a hash: {line.strip()}")
    for part in found:
        if not part.sha256:
            raise Unpinned(f"{part.name} {part.version} has no hash in the lock file.")
    return found


def plain(name: str) -> str:
    """Return a package's name as indexes know it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def document(found: Iterable[Part], version: str) -> dict[str, Any]:
    """Return the CycloneDX document of a release of this version, made of these parts.

    A package has a hash for each of its files: they stand as the distributions that pip may take, since the hash of a
    component is one of one file.
    """
    known = list(found)
    own = f"pkg:generic/hybridmkt@{version}"
    refs: dict[str, list[str]] = {name: [] for name in ("hybridmkt", *(part.name for part in known))}
    for part in known:
        for name in part.by:
            refs[name].append(part.ref)
    serial = hashlib.sha256(repr(known).encode()).digest()[:16]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=serial, version=4)}",
        "version": 1,
        "metadata": {"component": {
            "type": "application", "bom-ref": own, "name": "hybridmkt", "version": version, "purl": own,
        }},
        "components": [_component(part) for part in known],
        "dependencies": [
            {"ref": own, "dependsOn": sorted(refs["hybridmkt"])},
            *({"ref": part.ref, "dependsOn": sorted(set(refs[part.name]))} for part in known),
        ],
    }  # fmt: skip


def _component(part: Part) -> dict[str, Any]:
    files = [
        {"type": "distribution", "url": part.ref,
         "hashes": [{"alg": "SHA-256", "content": one}]}
        for one in part.sha256
    ]  # fmt: skip
    where = [{"name": "hybridmkt:marker", "value": part.where}] if part.where else []
    return {
        "type": "library", "bom-ref": part.ref, "name": part.name, "version": part.version, "purl": part.ref,
        "externalReferences": files, **({"properties": where} if where else {}),
    }  # fmt: skip

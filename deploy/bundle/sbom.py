"""What a bundle is made of, as CycloneDX: Python's wheels, crates, npm packages and weights.

Licences are those that each package declares. Nothing is asked of anybody: all of it is read from
the wheels, from cargo's and npm's lock files and from the pins of the weights.
"""

import base64
import json
import os
import subprocess
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from hashlib import file_digest
from pathlib import Path
from typing import Any

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from transcription.weights import DIARIZATION, WHISPER


def written(tree: Path, wheels: Iterable[Path], version: str, made: int) -> str:
    """The document, of a bundle made at that second of the epoch; AssertionError if invalid."""
    subject = Component(
        name="visio", version=version, type=ComponentType.APPLICATION, licenses=_licences("MIT")
    )
    parts = [*map(_wheel, wheels), *_crates(tree), *_npm_packages(tree), *_weights()]
    bom = Bom(components=parts)
    bom.metadata.component = subject
    bom.metadata.timestamp = datetime.fromtimestamp(made, UTC)
    bom.register_dependency(subject, parts)
    # The same parts make the same document.
    names = " ".join(sorted(str(part.bom_ref) for part in parts))
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, f"{version} {made} {names}")
    text: str = JsonV1Dot6(bom).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert wrong is None, wrong
    return text + "\n"


def sha256(file: Path) -> str:
    """The hash of a file's content, in hexadecimal."""
    told = file.stat()
    return _digest(file, told.st_ino, told.st_mtime_ns)


def _digest(file: Path, *told: int) -> str:
    """Of gigabytes, under whatever name: once is enough."""
    if told not in _DIGESTS:
        with file.open("rb") as source:
            _DIGESTS[told] = file_digest(source, "sha256").hexdigest()
    return _DIGESTS[told]


def _wheel(file: Path) -> Component:
    with zipfile.ZipFile(file) as wheel:
        (metadata,) = (name for name in wheel.namelist() if _is_metadata(name))
        head = HeaderParser().parsestr(wheel.read(metadata).decode())
        text = metadata.replace("METADATA", "licenses/LICENSE")
        titled = wheel.read(text).decode() if text in wheel.namelist() else ""
    licence = _declared(head) or _short(titled)
    return _component("pypi", head["Name"], head["Version"], licence, sha256(file))


def _is_metadata(name: str) -> bool:
    folder, _, rest = name.partition("/")
    return folder.endswith(".dist-info") and rest == "METADATA"


def _declared(head: Message) -> str:
    """A wheel's licence: in the field for it, or the older one, or among the classifiers."""
    if expression := head["License-Expression"]:
        return str(expression)
    marked = [line for line in head.get_all("Classifier", []) if line.startswith("License ::")]
    names = [line.rpartition(" :: ")[2] for line in marked]
    return " and ".join(names) or _short(str(head["License"] or ""))


def _short(licence: str) -> str:
    """Its title, where the whole text is there."""
    return licence.strip().partition("\n")[0][:_LONGEST_NAME]


def _crates(tree: Path) -> Iterator[Component]:
    """What is compiled into the core on this platform."""
    manifest = tree / "sfu/core/Cargo.toml"
    platform = f"--filter-platform={os.uname().machine}-unknown-linux-gnu"
    words = ("--locked", "--format-version=1", "--features=python", platform)
    told = subprocess.run(
        ["cargo", "metadata", *words, "--manifest-path", manifest],
        check=True,
        capture_output=True,
    )
    for crate in _compiled(json.loads(told.stdout)):
        licence = str(crate["license"] or "").replace("/", " OR ")
        yield _component("cargo", crate["name"], crate["version"], licence)


def _compiled(metadata: Mapping[str, Any]) -> list[Any]:
    """The root's dependencies, and theirs: without those of tests."""
    nodes = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    found, left = {root}, [root]
    while left:
        for dependency in nodes[left.pop()]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if kinds != {"dev"} and dependency["pkg"] not in found:
                found.add(dependency["pkg"])
                left.append(dependency["pkg"])
    return [one for one in metadata["packages"] if one["id"] in found - {root}]


def _npm_packages(tree: Path) -> Iterator[Component]:
    """What the client is built from: not what builds it."""
    lock = json.loads((tree / "visio/web/package-lock.json").read_text())
    for path, package in lock["packages"].items():
        if path and not package.get("dev") and not package.get("link"):
            name = path.rpartition("node_modules/")[2]
            digest = package.get("integrity", "").partition("sha512-")[2].split(" ")[0]
            hashed = base64.b64decode(digest).hex()
            yield _component("npm", name, package["version"], package.get("license", ""), hashed)


def _weights() -> Iterator[Component]:
    """The files of the models that ship, which the worker verifies at every start."""
    for model, pieces in (("whisper-base", WHISPER), ("diarization", DIARIZATION)):
        for piece in pieces:
            held = ", ".join(f"{package}: {path}" for package, path in piece.parts)
            yield Component(
                name=f"{model}/{piece.name}",
                type=ComponentType.MACHINE_LEARNING_MODEL,
                bom_ref=f"weights:{model}/{piece.name}",
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=piece.sha256)],
                licenses=_licences("Apache-2.0" if "campplus" in piece.name else "MIT"),
                properties=[Property(name="visio:packages", value=held)],
            )


def _component(kind: str, name: str, version: str, licence: str, digest: str = "") -> Component:
    group, _, short = name.rpartition("/")
    purl = PackageURL(kind, group, short, version)
    algorithm = HashAlgorithm.SHA_256 if len(digest) == 64 else HashAlgorithm.SHA_512
    return Component(
        name=short,
        group=group or None,
        version=version,
        bom_ref=purl.to_string(),
        purl=purl,
        hashes=[HashType(alg=algorithm, content=digest)] if digest else [],
        licenses=_licences(licence),
    )


def _licences(declared: str) -> list[Any]:
    return [LicenseFactory().make_from_string(declared)] if declared else []


_DIGESTS: dict[tuple[int, ...], str] = {}
_LONGEST_NAME = 120

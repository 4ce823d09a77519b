import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from deploy.certificate import main as make_certificate
from tests.imports_of_crypto import TREE, Found, found, in_python
from tests.test_cli import no_settings_of_the_caller, run
from visio import inventory
from visio.auth import jws

__all__ = ["no_settings_of_the_caller"]


def declared() -> set[Found]:
    return {
        (place, name)
        for use in inventory.USES
        for place, names in use.places.items()
        for name in names
    }


def test_every_primitive_that_is_imported_is_in_the_inventory() -> None:
    assert found() - declared() == set()


def test_nothing_is_in_the_inventory_that_is_not_imported() -> None:
    assert declared() - found() == set()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import hashlib\nhashlib.md5(b'')", ["hashlib.md5"]),
        ("import hashlib as h\nh.md5(b'')", ["hashlib.md5"]),
        ("from hashlib import sha512", ["hashlib.sha512"]),
        ("from cryptography.hazmat.primitives.ciphers import Cipher", ["cryptography.Cipher"]),
        ("import nacl.secret", ["nacl.secret"]),
        ("import random", ["random"]),
        ("import os\nos.urandom(1)", ["os.urandom"]),
        ("from cryptography.exceptions import InvalidTag", []),
        ("import json", []),
    ],
)
def test_primitives_are_seen_however_they_are_imported(source: str, names: list[str]) -> None:
    assert list(in_python(source)) == names


def test_crates_are_those_of_the_lock_file() -> None:
    locked = tomllib.loads((TREE / "sfu/core/Cargo.lock").read_text())["package"]
    versions = {one["name"]: one["version"] for one in locked}
    assert {name: versions[name] for name in inventory.CRATES} == inventory.CRATES


def test_tokens_of_providers_are_of_the_kinds_it_names() -> None:
    (use,) = (one for one in inventory.USES if "visio/auth/jws.py" in one.places)
    assert set(use.algorithm.removeprefix("JWT ").split(", ")) == set(jws.ALGORITHMS)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """With keys and a certificate of its own."""
    make_certificate("visio.test", tmp_path / "one.pem")
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "master").write_text(MASTER)
    names = {"secret_key": "secret", "master_key": "master"}
    lines = [f'{name}_file = "{tmp_path}/{held}"\n' for name, held in names.items()]
    lines += [f'tls_cert = "{tmp_path}/one.pem"\n', f'tls_key = "{tmp_path}/one.key"\n']
    (tmp_path / "visio.toml").write_text("".join(lines))
    return tmp_path / "visio.toml"


def test_bill_of_materials_names_every_use_library_and_key(settings: Path) -> None:
    answer = run("admin", "crypto", "inventory", "--json", "--config", settings)
    bill = json.loads(answer.output)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assets = [one for one in bill["components"] if one["type"] == "cryptographic-asset"]
    kinds = Counter(one["cryptoProperties"]["assetType"] for one in assets)
    assert kinds == {
        "algorithm": len(inventory.USES),
        "related-crypto-material": 2,
        "certificate": 1,
    }
    refs = {one["bom-ref"] for one in bill["components"]}
    assert len(refs) == len(bill["components"])
    assert all(set(one["dependsOn"]) <= refs for one in bill["dependencies"])


def test_table_says_what_quantum_computers_will_read_and_no_key(settings: Path) -> None:
    output = run("admin", "crypto", "inventory", "--config", settings).output
    assert SECRET not in output
    assert MASTER not in output
    lines = output.splitlines()
    (sealed,) = (line for line in lines if "at rest; keys per meeting" in line)
    (backups,) = (line for line in lines if line.startswith("age: X25519"))
    assert " yes " in sealed
    assert " no " in backups
    assert any(line.startswith("cryptography ") for line in lines)
    (mine,) = (line for line in lines if line.startswith("master_key_file"))
    assert mine.endswith("AES-256-GCM, 256 bits")
    (certificate,) = (line for line in lines if line.startswith("tls_cert "))
    assert "EC, sha256, 256 bits, until 20" in certificate


def test_algorithms_are_told_where_no_key_is_set(tmp_path: Path) -> None:
    """As for somebody who only wants the list; that keys are missing is said beside it."""
    (tmp_path / "visio.toml").touch()
    answer = run("admin", "crypto", "inventory", "--json", "--config", tmp_path / "visio.toml")
    assert answer.exit_code == 0
    assert "secret_key" in answer.stderr
    bill = json.loads(answer.stdout)
    kinds = Counter(one["type"] for one in bill["components"])
    assert kinds == {
        "cryptographic-asset": len(inventory.USES),
        "library": len(inventory.libraries()),
    }
    assert sum(one["name"].startswith("OpenSSL") for one in bill["components"]) == 2


def test_demo_that_has_not_started_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "visio.toml"
    file.write_text(f'demo = true\ndata_dir = "{tmp_path}/var"\n')
    assert run("admin", "crypto", "inventory", "--config", file).exit_code == 0
    assert not (tmp_path / "var").exists()


SECRET = "kW9sVq2mTz7LxC4nRb8yHd3gJf6pQa1u"
MASTER = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs="

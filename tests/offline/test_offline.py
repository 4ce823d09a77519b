"""What `make test-offline` counts; and that it sees an attempt, and fails."""

import json
import struct
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.offline.packets import Attempt, no_such_name, of_packet, of_query

TREE = Path(__file__).parents[2]


def packet(where: str, protocol: int, port: int = 53) -> bytes:
    """An IP packet with the beginning of a header of TCP or UDP."""
    address = ip_address(where).packed
    ports = struct.pack("!HH", 40_000, port)
    if len(address) == 4:
        return bytes([0x45, *bytes(8), protocol, *bytes(6), *address]) + ports
    return bytes([0x60, *bytes(5), protocol, *bytes(17), *address]) + ports


def query(*labels: str) -> bytes:
    name = b"".join(bytes([len(one)]) + one.encode() for one in labels)
    return struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + name + b"\0\0\x01\0\x01"


def test_what_leaves_is_told_by_where_it_would_go() -> None:
    assert of_packet(packet("192.0.2.7", 17)) == Attempt("UDP", "192.0.2.7:53")
    assert of_packet(packet("2001:db8::7", 6, 443)) == Attempt("TCP", "[2001:db8::7]:443")
    assert of_packet(packet("192.0.2.7", 1)) == Attempt("ICMP", "192.0.2.7")
    assert of_packet(packet("224.0.0.251", 17, 5353)) == Attempt("UDP", "224.0.0.251:5353")


def test_what_the_kernel_tells_its_link_is_nobody_s_attempt() -> None:
    assert of_packet(packet("ff02::16", 0)) is None
    assert of_packet(packet("ff02::2", 58)) is None
    assert of_packet(packet("224.0.0.22", 2)) is None
    assert not any(of_packet(data) for data in (b"", b"\x45", b"\x60\0", b"\xff" * 60))


def test_a_query_is_told_by_its_name_unless_that_is_reserved() -> None:
    assert of_query(query("visio", "example", "org")) == Attempt("name", "visio.example.org")
    assert of_query(query("nobody", "invalid")) is None
    assert of_query(query("localhost")) is None
    assert not any(of_query(data) for data in (b"", bytes(12), b"\xff" * 12))


def test_no_name_is_known() -> None:
    asked = query("visio", "example", "org")
    answer = no_such_name(asked)
    assert (answer[:2], answer[2] & 0x80, answer[3] & 15) == (asked[:2], 0x80, 3)
    assert answer[12:] == asked[12:]
    assert no_such_name(b"x") == b""


ATTEMPTS = """
import socket

def test_connects():
    out = socket.socket()
    out.settimeout(0.2)
    assert out.connect_ex(("192.0.2.7", 443))

def test_sends():
    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("2001:db8::7", 4433))

def test_resolves():
    try:
        socket.getaddrinfo("visio.example.org", 443, socket.AF_INET)
    except OSError:
        pass

def test_stays():
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname()).close()
    server = socket.create_server(("", 0))
    socket.create_connection(("10.255.255.1", server.getsockname()[1])).close()
"""


@pytest.mark.slow
@pytest.mark.long
def test_each_attempt_is_counted_and_fails_the_run(tmp_path: Path) -> None:
    file = tmp_path / "test_attempts.py"
    file.write_text(ATTEMPTS)
    for only, expected in (
        ("stays", []),
        ("connects", ["TCP    192.0.2.7:443"]),
        ("sends", ["UDP    [2001:db8::7]:4433"]),
        ("resolves", ["name   visio.example.org"]),
    ):
        done = offline(str(file), "-k", only, "-c", "/dev/null", "--rootdir", str(tmp_path))
        *lines, last = done.stdout.splitlines()
        assert [one for one in expected if not any(one in line for line in lines)] == []
        assert (json.loads(last)["outbound"] > 0) == bool(expected), done.stdout
        assert done.returncode == int(bool(expected)), done.stdout + done.stderr


def offline(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.offline", *arguments]
    return subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False)

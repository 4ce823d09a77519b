"""What this host itself says: files, disk, ports, clock, addresses, and the worker's Python."""

import asyncio
import ctypes
import ipaddress
import json
import os
import shutil
import socket
import stat
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import closing, suppress
from pathlib import Path

import sfu
import visio
from visio.config import Config, key_files, read_secrets
from visio.doctor.facts import Addresses, Answer, Disk, KeyFile, Keys, Port
from visio.doctor.reasons import within
from visio.errors import ConfigError

PATIENCE = 3.0
"""Seconds for a connection to this host; more waits longer for a port that swallows packets."""
WEIGHTS_PATIENCE = 60.0
"""Seconds in which the worker's Python must have hashed its models; a slow disk takes twenty."""


def keys(config: Config) -> Keys:
    """The files with secrets; nothing is made."""
    try:
        files = tuple(
            KeyFile(setting, str(path), stat.S_IMODE(path.stat().st_mode))
            for setting, path in key_files(config).items()
        )
    except OSError as error:
        return Keys((), refusal=f"{error.filename}: {error.strerror}.")
    if config.demo and not _made(config):
        return Keys(files, demo=True, made=False)
    try:
        read_secrets(config)
    except ConfigError as error:
        return Keys(files, refusal=str(error), demo=config.demo)
    return Keys(files, demo=config.demo)


def disk(folder: Path) -> Disk:
    """The file system that a folder is on."""
    try:
        if not folder.is_dir():
            return Disk(str(folder), there=False)
    except OSError:
        return Disk(str(folder), writable=False)
    usage = shutil.disk_usage(folder)
    return Disk(
        str(folder),
        total=usage.total,
        free=usage.free,
        mode=stat.S_IMODE(folder.stat().st_mode),
        writable=os.access(folder, os.W_OK | os.X_OK),
    )


def udp(config: Config) -> tuple[Port, ...]:
    """Media's ports: who can bind one finds it free."""
    if not config.media_port:
        return ()
    numbers = range(config.media_port, config.media_port + config.media_threads)
    return tuple(Port(number, _taken(config.media_host, number)) for number in numbers)


async def tcp(port: int, addresses: tuple[str, ...]) -> list[Answer]:
    """Whether each address takes a connection there."""
    return list(await asyncio.gather(*(_connected(one, port) for one in addresses)))


async def addresses(config: Config) -> Addresses:
    """What candidates will say, found as the server finds it."""
    host = sfu.everywhere() if config.media_host == "::" else config.media_host
    own = tuple(sfu.own_addresses(host))
    if config.media_announce:
        return Addresses(tuple(config.media_announce), own, chosen=True)
    seen = await sfu.seen_address(config.stun_server) if config.stun_server else None
    return Addresses(tuple(dict.fromkeys([*([seen] if seen else []), *own])), own, chosen=False)


def synchronised() -> bool | None:
    """Whether the kernel says that something keeps its clock right; None where it does not say."""
    try:
        said = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX))
    except (AttributeError, OSError):
        return None
    return None if said < 0 else said != _TIME_ERROR


async def weights(config: Config) -> str:
    """What the worker's Python lacks of packages and weights, in a sentence; empty when nothing.

    Nothing is written: what is not assembled yet must be there to be assembled.
    """

    async def observe() -> str:
        root = str(Path(visio.__file__).parents[1])
        models = str(config.data_dir / "models")
        told = json.dumps([models, config.whisper_path, config.diarization_path])
        process = await asyncio.create_subprocess_exec(
            *(config.worker_python, "-c", _WEIGHTS, root, told),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
        )
        try:
            out, _ = await process.communicate()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        return out.decode(errors="replace").strip()[:300] if process.returncode == 0 else _CRASHED

    return await within(
        WEIGHTS_PATIENCE, observe, lambda trouble: f"{config.worker_python}: {trouble}"
    )


def _made(config: Config) -> bool:
    there = key_files(config)
    return "master_key_file" in there and (
        "secret_key_file" in there or bool(config.secret_key.get_secret_value())
    )


def _taken(host: str, number: int) -> bool:
    bound = sfu.everywhere() if host == "::" else host
    family = socket.AF_INET6 if ipaddress.ip_address(bound).version == 6 else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
        try:
            probe.bind((bound, number))
        except OSError:
            return True
    return False


async def _connected(address: str, port: int) -> Answer:
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    async def observe() -> Answer:
        _, out = await asyncio.open_connection(address, port)
        out.close()
        with suppress(OSError):
            await out.wait_closed()
        return Answer(place)

    return await within(PATIENCE, observe, lambda trouble: Answer(place, trouble=trouble))


# Bytes of the kernel's struct timex, with room; and what it returns when nothing keeps the clock.
_TIMEX, _TIME_ERROR = 512, 5
_CRASHED = "the worker's Python cannot look at its weights"
# In the worker's environment, which has its own packages first and ours behind them.
_WEIGHTS = (
    "import json, sys; sys.path.append(sys.argv[1]);"
    " from transcription import weights;"
    " print(weights.lacking(*json.loads(sys.argv[2])))"
)

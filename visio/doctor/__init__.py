"""Looks at everything that an installation depends on, from the server's side; changes nothing."""

import asyncio
import ipaddress
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

from visio import backup, livekit
from visio.config import Config, read_secrets, read_smtp_password
from visio.doctor import certificates, database, host, judging, peers, turn
from visio.doctor.facts import Addresses, Answer, Backups, Certificate, Clock, Peer, Relay, Worker
from visio.doctor.finding import Finding, Language, Sentences, State, in_order, worded
from visio.doctor.reasons import within
from visio.errors import VisioError

__all__ = ["Finding", "Language", "Sentences", "State", "examine", "worded"]


async def examine(config: Config, place: str = "") -> list[Finding]:
    """All findings, the worst first; `place` is one of backups to look at, too."""
    now = int(time.time() * 1000)
    keys = host.keys(config)
    ready = keys.made and not keys.refusal
    addresses, local, public, store, provider = await asyncio.gather(
        host.addresses(config),
        _local(config),
        peers.fetched(f"{config.url}/api/v1/config", verify=False),
        database.observed(config.database_url),
        _provider(config),
    )
    running = local is None or not local.trouble
    shown, relays, tcp, worker, others, kept = await asyncio.gather(
        _certificates(config),
        _relays(config, addresses) if ready else _nothing(),
        host.tcp(config.media_tcp_port, addresses.announced) if running else _nothing(),
        _worker(config, local),
        _peers(config, mail=ready),
        _backups(place),
    )
    clocks = [one for one in (store[1], public[1], provider[1]) if one]
    services = [*([provider[0]] if provider[0] else []), *others]
    here = _is_this_host(urlsplit(config.url).hostname or "")
    return in_order(
        [
            *judging.keys(keys),
            *judging.store(store[0]),
            *judging.migrations(store[0]),
            *judging.server(local),
            *judging.public(config.url, public[0], secure=config.secure, here=here),
            *(one for seen in shown for one in judging.certificate(seen, now)),
            *judging.addresses(addresses),
            *judging.udp(host.udp(config), running=running),
            *judging.tcp(config.media_tcp_port, tcp, running=running),
            *judging.relays(relays, wanted=bool(config.turn_urls)),
            *judging.browsers(config.url),
            *judging.clocks(clocks, host.synchronised()),
            *judging.disk(host.disk(config.data_dir)),
            *judging.worker(worker, store[0]),
            *judging.backups(store[0], kept, now),
            *judging.peers(services),
        ]
    )


async def _local(config: Config) -> Answer | None:
    """What the server of these settings says on this host: its health, then what it is at."""
    if not config.port:
        return None
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.host, config.host)  # noqa: S104
    name = f"[{name}]" if ":" in name.strip("[]") and not name.startswith("[") else name
    url = f"{'https' if config.tls_cert else 'http'}://{name}:{config.port}"
    answer, _ = await peers.fetched(f"{url}/healthz", verify=False)
    if answer.trouble or answer.status != 200:
        return Answer(url, answer.trouble, answer.status, answer.body)
    described, _ = await peers.fetched(f"{url}/api/v1/config", verify=False)
    return Answer(url, described.trouble, described.status, described.body)


async def _certificates(config: Config) -> list[Certificate]:
    """Of the file, of what people reach, and of each relay by TLS."""
    url = urlsplit(config.url)
    wanted = url.hostname or ""
    found = []
    if config.tls_cert and config.tls_key:
        found = [certificates.stored(config.tls_cert, config.tls_key, wanted)]
    places = {(wanted, url.port or 443)} if config.secure else set()
    for address in config.turn_urls:
        with_tls = _address(address)
        if with_tls and with_tls.secure:
            places.add((with_tls.host, with_tls.port))
    served = (certificates.served(name, port) for name, port in sorted(places))
    return [*found, *await asyncio.gather(*served)]


async def _relays(config: Config, addresses: Addresses) -> list[Relay]:
    if not config.turn_urls:
        return []
    given = livekit.Turn(tuple(config.turn_urls), read_secrets(config).turn_secret)
    (server,) = given.ice_servers("doctor", int(time.time() * 1000))
    # Relays send to what clients on the Internet are told, never to this host's own loopback.
    ours = [one for one in addresses.announced if not ipaddress.ip_address(one).is_loopback]
    asked = (turn.ask(one, server.username, server.credential, ours) for one in config.turn_urls)
    return list(await asyncio.gather(*asked))


async def _worker(config: Config, local: Answer | None) -> Worker:
    if not config.worker:
        return Worker(ours=False)
    state, detail = _said(local)
    trouble = "" if state == "installing" else await host.weights(config)
    return Worker(True, state, detail, config.worker_python, trouble)


async def _provider(config: Config) -> tuple[Peer | None, Clock | None]:
    return await peers.oidc(config.oidc_issuer) if config.oidc_issuer else (None, None)


async def _peers(config: Config, *, mail: bool) -> list[Peer]:
    asked = [peers.reached("webhook", target.url) for target in config.webhooks]
    if config.smtp_host and mail:
        asked.insert(0, peers.mail(config, read_smtp_password(config)))
    if config.minutes_url:
        asked.append(peers.reached("minutes", config.minutes_url))
    if config.kyutai_url:
        asked.append(peers.reached("kyutai", config.kyutai_url))
    return list(await asyncio.gather(*asked))


async def _backups(place: str) -> Backups | None:
    if not place:
        return None

    async def observe() -> Backups:
        endpoint = os.environ.get("AWS_ENDPOINT_URL") if place.startswith("s3:") else None
        # Or its own tries would go on for minutes behind our back.
        if endpoint and (trouble := (await peers.reached("store", endpoint)).trouble):
            return Backups(place, trouble=trouble)
        try:
            names = await asyncio.to_thread(lambda: backup.place(place).names())
        except VisioError as error:
            return Backups(place, trouble=str(error))
        return Backups(
            place, newest=max((one for one in names if one.endswith(".age")), default="")
        )

    return await within(_STORE, observe, lambda trouble: Backups(place, trouble=trouble))


async def _nothing() -> list[Any]:
    return []


def _said(local: Answer | None) -> tuple[str, str]:
    """What a running server says of its worker."""
    try:
        said = json.loads(local.body)["transcription"] if local else {}
        return str(said.get("state", "")), str(said.get("detail", ""))[:300]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""


def _address(url: str) -> turn.Address | None:
    try:
        return turn.parsed(url)
    except ValueError:  # said when it is asked
        return None


def _is_this_host(name: str) -> bool:
    return name in ("localhost", "127.0.0.1", "::1")


# Seconds for a store of backups to list what it has.
_STORE = 15.0

"""What the observed facts mean: pure, takes `now` (ms since 1970)."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from visio.doctor.facts import (
    Addresses,
    Answer,
    Backups,
    Certificate,
    Clock,
    Disk,
    Keys,
    Peer,
    Port,
    Relay,
    Store,
    Worker,
)
from visio.doctor.finding import Finding, State

OK, LOOK, BROKEN = State.OK, State.LOOK, State.BROKEN


def keys(seen: Keys) -> list[Finding]:
    """The secrets are there, strong, and nobody else's to read."""
    if seen.refusal:
        return [Finding("secrets.refused", BROKEN, facts={"reason": seen.refusal})]
    if not seen.made:
        return [Finding("secrets.unmade", LOOK)]
    found = [
        Finding(
            "secrets.open" if one.mode & 0o007 else "secrets.group",
            BROKEN if one.mode & 0o007 else LOOK,
            one.setting,
            {"path": one.path, "mode": f"{one.mode:04o}"},
        )
        for one in seen.files
        if one.mode & 0o077
    ]
    if seen.demo:
        found.append(Finding("secrets.demo", LOOK))
    return found or [Finding("secrets.ok", OK, facts={"count": len(seen.files)})]


def store(seen: Store) -> list[Finding]:
    """The database answers, is recent enough, and its way is nobody else's."""
    if not seen.there:
        return [Finding("database.absent", LOOK)]
    if seen.trouble:
        return [Finding("database.away", BROKEN, facts={"reason": seen.trouble})]
    facts: dict[str, str | int] = {"kind": _DATABASES[seen.kind], "version": seen.version}
    number = re.match(r"\d+", seen.version)
    if seen.kind == "postgresql" and number and int(number[0]) < _POSTGRES:
        return [Finding("database.old", LOOK, facts=facts | {"oldest": _POSTGRES})]
    if not (seen.near or seen.encrypted):
        return [Finding("database.plain", LOOK, facts=facts)]
    return [Finding("database.ok", OK, facts=facts)]


def migrations(seen: Store) -> list[Finding]:
    """The schema is this program's."""
    if seen.trouble or not seen.there:
        return []
    newest = seen.known[-1]
    facts: dict[str, str | int] = {"revision": seen.revision or "", "newest": newest}
    if seen.revision == newest:
        return [Finding("migrations.ok", OK, facts=facts)]
    if seen.revision is None:
        return [Finding("migrations.none", LOOK, facts=facts)]
    if seen.revision in seen.known:
        return [Finding("migrations.behind", LOOK, facts=facts)]
    return [Finding("migrations.newer", BROKEN, facts=facts)]


def clocks(seen: Sequence[Clock], synchronised: bool | None) -> list[Finding]:
    """Ours agrees with others', and something keeps it right; None: nobody can tell."""
    found = [one for clock in seen if (one := _clock(clock))]
    if synchronised is False:
        found.append(Finding("clock.free", LOOK))
    peers = ", ".join(clock.peer for clock in seen)
    code = "clock.ok" if peers else "clock.alone"
    return found or [Finding(code, OK, facts={"peers": peers})]


def server(seen: Answer | None) -> list[Finding]:
    """The server runs; None where no port says where."""
    if seen is None:
        return []
    if seen.trouble:
        return [Finding("server.silent", BROKEN, seen.url, {"reason": seen.trouble})]
    if seen.status != 200:
        facts: dict[str, str | int] = {"status": seen.status, "said": seen.body[:40]}
        return [Finding("server.sick", BROKEN, seen.url, facts)]
    return [Finding("server.ok", OK, seen.url)]


def public(url: str, seen: Answer, *, secure: bool, here: bool) -> list[Finding]:
    """People reach it by its address, and browsers will give it a microphone."""
    if seen.trouble:
        return [Finding("public.unreachable", LOOK, url, {"reason": seen.trouble})]
    if seen.status != 200 or '"transcription"' not in seen.body:
        return [Finding("public.other", BROKEN, url, {"status": seen.status})]
    if not (secure or here):
        return [Finding("public.plain", BROKEN, url)]
    return [Finding("public.ok", OK, url)]


def certificate(seen: Certificate, now: int) -> list[Finding]:
    """Browsers will accept it, today and for a while."""
    days = (seen.ends - now) // _DAY
    facts: dict[str, str | int] = {
        "wanted": seen.wanted,
        "names": ", ".join(seen.names),
        "days": days,
        "key": f"{seen.key} {seen.bits}",
        "hash": seen.hash,
        "reason": seen.trouble or seen.distrust,
    }
    code, state = _certificate(seen, now, days)
    return [Finding(f"certificate.{code}", state, seen.place, facts)]


def udp(seen: Sequence[Port], *, running: bool) -> list[Finding]:
    """Media's ports are the running server's, or free for it."""
    wrong = [str(one.number) for one in seen if one.taken is not running]
    facts: dict[str, str | int] = {"ports": ", ".join(wrong or [str(p.number) for p in seen])}
    if wrong:
        return [Finding("udp.unbound" if running else "udp.taken", BROKEN, facts=facts)]
    return [Finding("udp.ok" if running else "udp.free", OK, facts=facts)] if seen else []


def tcp(port: int, seen: Sequence[Answer], *, running: bool) -> list[Finding]:
    """Networks without UDP get in by TCP."""
    if not port:
        return [Finding("tcp.off", LOOK)]
    if not running:
        return []
    closed = [
        Finding("tcp.closed", LOOK, one.url, {"reason": one.trouble}) for one in seen if one.trouble
    ]
    where = ", ".join(one.url for one in seen)
    return closed or [Finding("tcp.ok", OK, facts={"port": port, "where": where})]


def addresses(seen: Addresses) -> list[Finding]:
    """Clients are told an address by which they can come."""
    shown = ", ".join(seen.announced)
    public = [one for one in seen.announced if not ip_address(one).is_loopback]
    if not public:
        return [Finding("address.loopback", BROKEN if seen.chosen else LOOK)]
    facts: dict[str, str | int] = {"addresses": ", ".join(public), "own": ", ".join(seen.own)}
    if seen.chosen and (foreign := [one for one in public if one not in seen.own]):
        return [Finding("address.nat", OK, facts=facts | {"addresses": ", ".join(foreign)})]
    if not any(ip_address(one).is_global for one in public):
        return [Finding("address.private", OK if seen.chosen else LOOK, facts=facts)]
    return [Finding("address.ok", OK, facts=facts | {"addresses": shown})]


def relays(seen: Sequence[Relay], *, wanted: bool) -> list[Finding]:
    """Each relays to us, for whom we say, and there is one for networks with 443 alone."""
    if not seen:
        return [] if wanted else [Finding("turn.none", LOOK)]
    found = [one for relay in seen for one in _relay(relay)]
    if not any(relay.url.startswith("turns:") for relay in seen):
        found.append(Finding("turn.plain", LOOK))
    return found


def browsers(url: str) -> list[Finding]:
    """What nobody sees from here is tested from there."""
    return [Finding("browsers.page", OK, f"{url}/connection-test")]


def disk(seen: Disk) -> list[Finding]:
    """Speech and the database have room, and are nobody else's to read."""
    if not seen.there:
        return [Finding("disk.absent", LOOK, seen.path)]
    if not seen.writable:
        return [Finding("disk.unwritable", BROKEN, seen.path)]
    facts: dict[str, str | int] = {
        "free": f"{seen.free / _GIGA:.1f}",
        "percent": 100 * seen.free // seen.total,
        "mode": f"{seen.mode:04o}",
    }
    found = [Finding("disk.open", LOOK, seen.path, facts)] if seen.mode & 0o077 else []
    if seen.free < _FULL:
        return [Finding("disk.full", BROKEN, seen.path, facts), *found]
    if seen.free < _LOW:
        return [Finding("disk.low", LOOK, seen.path, facts), *found]
    return [Finding("disk.ok", OK, seen.path, facts), *found]


def worker(seen: Worker, store: Store) -> list[Finding]:
    """Somebody writes down what is said, and keeps up."""
    facts: dict[str, str | int] = {
        "state": seen.state,
        "detail": seen.detail or seen.trouble,
        "python": seen.python,
    }
    found = []
    if not seen.ours:
        found = [Finding("worker.elsewhere", OK)]
    elif seen.state == "failed" or (seen.trouble and not seen.state):
        found = [Finding("worker.failed", BROKEN, facts=facts)]
    elif seen.state in ("installing", "starting"):
        found = [Finding("worker.preparing", LOOK, facts=facts)]
    else:
        found = [Finding("worker.ok", OK, facts=facts)]
    if seen.trouble and seen.state:
        found.append(Finding("weights.missing", LOOK, facts=facts))
    if (late := store.lag // 60_000) >= _BEHIND:
        behind: dict[str, str | int] = {"waiting": store.waiting, "minutes": late}
        found.append(Finding("worker.behind", LOOK, facts=behind))
    return found


def peers(seen: Sequence[Peer]) -> list[Finding]:
    """The services that the settings name answer, and take us for who we are."""
    found = []
    for one in seen:
        outcome = "unreachable" if one.trouble else "refused" if one.refused else "ok"
        state = OK if outcome == "ok" else _PEERS[one.kind]
        facts: dict[str, str | int] = {"reason": one.trouble or one.refused}
        found.append(Finding(f"{one.kind}.{outcome}", state, one.name, facts))
    there = {one.kind for one in seen}
    return found + [Finding(f"{kind}.none", OK) for kind in ("mail", "oidc") if kind not in there]


def backups(store: Store, place: Backups | None, now: int) -> list[Finding]:
    """There is a recent one, as the audit says, and the place that was named has one."""
    found = [] if store.trouble or not store.there else [_backup(store.backup_at, now)]
    if place is None:
        return found
    if place.trouble:
        return [*found, Finding("store.refused", BROKEN, place.place, {"reason": place.trouble})]
    if not place.newest:
        return [*found, Finding("store.empty", LOOK, place.place)]
    return [*found, Finding("store.ok", OK, place.place, {"newest": place.newest})]


def _clock(seen: Clock) -> Finding | None:
    off = abs(seen.ahead) - seen.give
    if off <= _TICK:
        return None
    state = BROKEN if off > _FAR else LOOK
    facts: dict[str, str | int] = {"seconds": f"{abs(seen.ahead):.1f}"}
    return Finding("clock.behind" if seen.ahead > 0 else "clock.ahead", state, seen.peer, facts)


def _certificate(seen: Certificate, now: int, days: int) -> tuple[str, State]:  # noqa: PLR0911
    if seen.trouble:  # a router may not let this host back in to itself
        return "unseen", BROKEN if seen.ours else LOOK
    if seen.ends <= now:
        return "expired", BROKEN
    if seen.begins > now:
        return "early", BROKEN
    if not any(_covers(name, seen.wanted) for name in seen.names):
        return "name", BROKEN
    if seen.distrust:
        return "untrusted", LOOK
    if seen.bits < _STRENGTHS.get(seen.key, 0) or seen.hash in ("md5", "sha1"):
        return "weak", LOOK
    return ("soon", LOOK) if days < _RENEWAL else ("ok", OK)


def _covers(name: str, wanted: str) -> bool:
    """RFC 6125 §6.4.3: a star stands for one whole label, the leftmost."""
    name, wanted = name.lower(), wanted.lower()
    if name.startswith("*."):
        return "." in wanted and wanted.partition(".")[2] == name[2:]
    return name == wanted


def _relay(seen: Relay) -> list[Finding]:
    facts: dict[str, str | int] = {
        "reason": seen.trouble,
        "error": seen.error,
        "took": seen.took,
        "addresses": ", ".join(seen.closed),
    }
    if seen.trouble:
        return [Finding("turn.unreachable", BROKEN, seen.url, facts)]
    if seen.error:
        code = "turn.denied" if seen.error == _UNAUTHORIZED else "turn.refused"
        return [Finding(code, BROKEN, seen.url, facts)]
    found = [Finding("turn.closed", BROKEN, seen.url, facts)] if seen.closed else []
    if seen.inward:
        found.append(Finding("turn.inward", BROKEN, seen.url))
    return found or [Finding("turn.ok", OK, seen.url, facts)]


def _backup(made_at: int | None, now: int) -> Finding:
    if made_at is None:
        return Finding("backup.never", LOOK)
    hours = (now - made_at) // 3_600_000
    return Finding(
        "backup.old" if hours > _OLD else "backup.ok",
        LOOK if hours > _OLD else OK,
        facts={"hours": hours},
    )


_DAY = 86_400_000
_GIGA = 1 << 30
_UNAUTHORIZED = 401
"""RFC 8489 §14.8."""
_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_POSTGRES = 15
_PEERS = {"mail": BROKEN, "oidc": BROKEN, "webhook": LOOK, "minutes": LOOK, "kyutai": LOOK}
"""How bad it is when one is not there: without sign-in or invitations nobody comes in."""
# ANSSI's guide on algorithms: what is weaker than 128 bits is to be left.
_STRENGTHS = {"RSA": 3072, "EC": 256}
# Seconds between clocks that are worth an alert, and by which signed tokens are refused.
_TICK, _FAR = 1.0, 30.0
# Days; automatic renewal takes place 30 days before: less tells late, more cries wolf.
_RENEWAL = 14
# Bytes free: the spool of speech takes a gigabyte when the database is away.
_LOW, _FULL = 5 * _GIGA, 1 * _GIGA
# Minutes that speech may wait; a meeting with everybody talking catches up in less.
_BEHIND = 30
# Hours; a nightly backup may start late.
_OLD = 36

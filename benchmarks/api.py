"""What requests of the API cost, beside a bare aiohttp handler that does one primary-key SELECT.

The server is `visio serve` in a process of its own, as is the bare handler, both on one SQLite file
or one PostgreSQL, with 10,000 rooms of one service and 100,000 accounts. One client sends one
request at a time to one of them, in rounds that take turns, so that whatever else the machine does
is shared. A ratio is the median time of a request over that of the bare handler's in the same
round, the median of rounds; "CPU" is what the server's process used for a request, all threads.

People are searched for as somebody types, by what finds few of them, many, or few of many; the
ratio in the JSON is that of the slowest. An act is written into the audit by a handler as bare as
the other, in one transaction that is on disk when it answers.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar
from sqlalchemy import insert, text

from benchmarks.joining import Use
from tests.browser.server import TREE, running_server
from tests.databases import open_folder, running_postgres
from tests.processes import Running
from visio.auth import keys, sessions
from visio.store import accounts, services
from visio.store.database import Database
from visio.store.models import Account, AccountWord, Room, RoomMember, new_id, wall_clock
from visio.store.words import findable, folded
from visio.views.request import COOKIE


@dataclass
class Case:
    """One kind of request, to the server of that process."""

    name: str
    method: str
    url: str
    process: int
    cookies: dict[str, str] = field(default_factory=dict)
    """Of whom the request is; of the program with the key, where there are none."""
    times: list[list[float]] = field(default_factory=list)
    cpu: float = 0.0

    async def round(self, http: ClientSession, requests: int) -> None:
        """Send so many, one after the other."""
        before, times = Use.of(self.process).process, []
        for _ in range(requests):
            began = time.perf_counter()
            async with http.request(
                self.method, self.url, json=_body(self.method), cookies=self.cookies
            ) as response:
                await response.read()
                assert response.status == 200, await response.text()
            times.append(time.perf_counter() - began)
        self.times.append(times)
        self.cpu += Use.of(self.process).process - before

    def ratio(self, bare: "Case") -> float:
        """To the bare handler."""
        pairs = zip(self.times, bare.times, strict=True)
        return statistics.median(statistics.median(a) / statistics.median(b) for a, b in pairs)

    def line(self, bare: "Case") -> str:
        every = [one for times in self.times for one in times]
        middle = statistics.median(every)
        return (
            f"{self.name:<36}{len(every):>9}{middle * 1000:>9.2f}{1 / middle:>9.0f}"
            f"{self.cpu / len(every) * 1000:>9.2f}{self.ratio(bare):>9.1f}"
        )


@dataclass(frozen=True)
class Filled:
    """The text of an API key, the cookies of an administrator, and the id of a room."""

    key: str
    cookies: dict[str, str]
    room_id: str


async def fill(url: str) -> Filled:
    """The rows."""
    database, now = await Database.open(url), wall_clock()
    async with database.transaction() as session:
        service = await services.add(session, "Bench")
        ids = [new_id() for _ in range(ROOMS)]
        session.add_all(
            Room(
                id=row_id,
                slug=f"room-{number}",
                title=f"Room {number}",
                access="restricted",
                owner_id=service.id,
            )
            for number, row_id in enumerate(ids)
        )
        await session.flush()
        session.add_all(
            RoomMember(room_id=row_id, account_id=service.id, role="owner", created_at=now - number)
            for number, row_id in enumerate(ids)
        )
        root = await accounts.add(session, Account(email="root@example.org", name="Root"))
        await accounts.set_administrator(session, [root.id], True)
    for start in range(0, PEOPLE, 10_000):
        async with database.transaction() as session:
            people = [_person(start + number) for number in range(10_000)]
            await session.execute(insert(Account), people)
            await session.execute(insert(AccountWord), [w for one in people for w in _words(one)])
    if database.dialect == "postgresql":
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))  # as it does by itself, a little later
    token = await sessions.open_session(database, root.id, now)
    _, key = await keys.make(
        database, service, "bench", keys.SCOPES, now, lifetime=timedelta(days=1)
    )
    await database.close()
    return Filled(key, {COOKIE: token}, ids[0])


def _person(number: int) -> dict[str, str]:
    """Each first name with each last one; the numbers keep addresses apart."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    address = f"{folded(first)}.{folded(last)}.{number}@agence-{number % 40}.example"
    name = f"{first} {last}"
    return {"id": new_id(), "email": address, "name": name, "sort_name": folded(name)}


def _words(person: dict[str, str]) -> Iterator[dict[str, str]]:
    """Written by hand, as `Account` would one by one."""
    for word in findable(person["name"], person["email"]):
        yield {"word": word, "account_id": person["id"], "sort_name": person["sort_name"]}


@contextmanager
def running_bare(url: str, room_id: str) -> Iterator[tuple[str, int]]:
    """Its address and its process."""
    command = [sys.executable, "-m", "benchmarks.bare", url, room_id]
    process = subprocess.Popen(
        command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with Running(process) as running:
        port = running.line("port", timeout=30).split()[-1]
        yield f"http://127.0.0.1:{port}/", process.pid


async def measure(cases: list[Case], key: str) -> None:
    """All in turns; the first round warms up and does not count."""
    program = ClientSession(headers={"Authorization": f"Bearer {key}"}, cookie_jar=DummyCookieJar())
    async with program, ClientSession(cookie_jar=DummyCookieJar()) as browser:
        for number in range(ROUNDS + 1):
            for case in cases:
                await case.round(browser if case.cookies else program, REQUESTS)
                if not number:
                    case.times.clear()
                    case.cpu = 0.0


@contextmanager
def opened(kind: str) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL of an empty database in it or beside it."""
    with open_folder() as folder:
        if kind == "sqlite":
            yield folder, f"sqlite+aiosqlite:///{folder / 'visio.db'}"
            return
        with running_postgres(folder / "postgres", durable=True) as postgres:
            yield folder, asyncio.run(postgres.empty())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    kind = parser.parse_args().database
    with (
        opened(kind) as (folder, url),
        running_server(folder, url, VISIO_API_RATE="1000000") as server,
    ):
        filled = asyncio.run(fill(url))
        api, process = f"{server.url}/api/v1", server.process.pid
        with running_bare(url, filled.room_id) as (address, bare_process):
            bare = Case("bare SELECT", "GET", address, bare_process)
            listed = Case(f"100 of {ROOMS:,} rooms", "GET", f"{api}/rooms", process)
            whole = Case("1,000 of them", "GET", f"{api}/rooms?limit=1000", process)
            joined = Case("join token", "POST", f"{api}/rooms/room-7/join", process)
            written = Case("audit append", "POST", f"{address}audit", bare_process)
            found = [
                Case(f"people: {words}", "GET", people, process, filled.cookies)
                for words in SEARCHES
                for people in [f"{api}/accounts?sort=name&order=ascending&search={words}"]
            ]
            cases = [bare, listed, whole, joined, *found, written]
            asyncio.run(measure(cases, filled.key))
    print(f"{'':<36}{'requests':>9}{'p50 ms':>9}{'a second':>9}{'CPU ms':>9}{'ratio':>9}")
    for case in cases:
        print(case.line(bare))
    ratios = {
        "list_rooms_ratio": round(listed.ratio(bare), 2),
        "search_people_ratio": round(max(case.ratio(bare) for case in found), 2),
        "join_token_ratio": round(joined.ratio(bare), 2),
        "audit_append_ratio": round(written.ratio(bare), 2),
    }
    print(json.dumps(ratios))
    return 0


def _body(method: str) -> object:
    return {} if method == "POST" else None


ROOMS, PEOPLE = 10_000, 100_000
FIRST = (
    *("Adèle", "Aïcha", "Baptiste", "Camille", "Chloé", "Élise", "François", "Gaël", "Hélène"),
    *("Inès", "Jean-Luc", "Karim", "Léa", "Mathilde", "Noémie", "Océane", "Pierre", "Zoé"),
)
LAST = (
    *("Bernard", "Besançon", "Chevalier", "Dubois", "Durand", "Étienne", "Faure", "Garnier"),
    *("Lefèvre", "Martin", "Mercier", "Moreau", "Nguyen", "Petit", "Roux", "Simon", "Traoré"),
)
SEARCHES = ("m", "martin", "zoe mar", "elise.martin.9", "nobody")
"""A letter; a name of thousands; two words of many; an address; what nobody has."""
ROUNDS, REQUESTS = 5, 60

if __name__ == "__main__":
    sys.exit(main())

"""T15: what is typed is shown as text, on every page that shows it, under our policy."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as Late
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from tests.browser.conftest import Visit
from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.store import samples
from tests.store.samples import Sitting
from visio.auth import sessions
from visio.config import load, read_master_key
from visio.documents import FORMATS, kind_of
from visio.store import brandings, meetings, participants, rooms, services
from visio.store.database import Database
from visio.store.models import (
    Account,
    Branding,
    Entity,
    Invitation,
    Meeting,
    Participant,
    Room,
    ScheduledMeeting,
)
from visio.store.sealing import Keyring, MeetingKey
from visio.views.state import clock

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

WORDS = """
<script class=evil>boom()</script>
<script class=evil src=/evil.js></script>
<SCRIPT/class=evil>boom()</SCRIPT>
<scr<script class=evil>ipt>boom()</script>
<<script class=evil>boom();//<</script>
"><script class=evil>boom()</script>
'><script class=evil>boom()</script>
</script><script class=evil>boom()</script>
</title><script class=evil>boom()</script>
</textarea><script class=evil>boom()</script>
</style><script class=evil>boom()</script>
--><script class=evil>boom()</script>
]]><script class=evil>boom()</script>
<img class=evil src=x onerror=boom()>
<IMG CLASS=evil SRC=x OnErRoR=boom()>
<img/class=evil/src=x/onerror=boom()>
<img class="evil" src=x onerror="boom()"
<IMG CLASS=evil ><SCRIPT class=evil>boom()</SCRIPT>">
<img class=evil srcset=x onerror=boom()>
<image class=evil src=x onerror=boom()>
<svg class=evil onload=boom()>
<svg/class=evil/onload=boom()>
<svg class=evil><script class=evil>boom()</script></svg>
<svg class=evil><animate onbegin=boom() attributeName=x>
<svg class=evil><a xlink:href=javascript:boom()><text>x
<svg class=evil><use href=data:image/svg+xml,<svg/onload=boom()>>
<math class=evil><mi xlink:href=javascript:boom()>x
<iframe class=evil src=javascript:boom()></iframe>
<iframe class=evil srcdoc="<script>parent.boom()</script>">
<object class=evil data=javascript:boom()></object>
<embed class=evil src=javascript:boom()>
<form class=evil action=javascript:boom()><input type=submit>
<form class=evil><button formaction=javascript:boom()>x
<input class=evil autofocus onfocus=boom()>
<select class=evil autofocus onfocus=boom()>
<textarea class=evil autofocus onfocus=boom()>
<details class=evil open ontoggle=boom()>
<video class=evil><source onerror=boom()></video>
<audio class=evil src=x onerror=boom()>
<body class=evil onload=boom()>
<marquee class=evil onstart=boom()>x</marquee>
<link class=evil rel=stylesheet href=//evil.example>
<base class=evil href=//evil.example/>
<meta class=evil http-equiv=refresh content=0;url=//evil.example>
<style class=evil>@import "//evil.example";</style>
<div class=evil style="background:url(//evil.example)">x</div>
<table class=evil background=//evil.example><td>x
<a class=evil href=javascript:boom()>x</a>
<a class=evil href=" javascript:boom()">x</a>
<a class=evil href=data:text/html,<script>boom()</script>>x
<x class=evil onclick=boom() tabindex=1>x</x>
<template class=evil><script>boom()</script></template>
<noscript><p title="</noscript><img class=evil src=x onerror=boom()>">
<!--<img class=evil src="--><img class=evil src=x onerror=boom()//">
&lt;script class=evil&gt;boom()&lt;/script&gt;
&#60;img class=evil src=x onerror=boom()&#62;
%3Cscript%20class=evil%3Eboom()%3C/script%3E
https://x.example/"onmouseover="boom()"class="evil
[x](javascript:boom()) https://x.example/<b class=evil>
{{constructor.constructor('boom()')()}}${boom()}<%= boom() %>
javascript:boom()//'/*`/*-->*/"><svg class=evil onload=boom()>
""".strip().splitlines()
"""Each would run a script, or ask for something, on some page that took it for markup."""

EMAIL = '"<img/class=evil/src=x/onerror=boom()>"@x.example'
SLUG = "hostile-words"


def is_text(person: Visitor, *words: str) -> None:
    """What was typed is there, and nothing became of it."""
    try:
        person.page.wait_for_function(SHOWN, arg=list(words))
    except Late as late:
        unseen = [one for one in words if not person.page.evaluate(SHOWN, [one])]
        raise TimeoutError(f"Timeout: {unseen} at {person.page.url}") from late
    assert person.page.evaluate(ELEMENTS) == []
    assert person.page.evaluate("window.fired") is None


async def planted(database: Database, keyring: Keyring) -> tuple[str, str]:
    """All of it in the rows of one administrator; the token of their session, and a meeting."""
    person = await samples.account(database, EMAIL)
    key, wrapped = keyring.new_meeting_key()
    async with database.transaction() as session:
        session.add(person)
        session.add(entity := Entity(name=WORDS[1], identifier=WORDS[2]))
        await session.flush()
        person.name, person.administrator, person.entity_id = WORDS[0], True, entity.id
        await services.add(session, WORDS[3])
        for number, words in enumerate(WORDS):
            slug = SLUG if number == 0 else f"{SLUG}-{number}"
            row = Room(slug=slug, title=words, access="restricted", owner_id=person.id)
            place = await rooms.add(session, row)
            await plan(session, place, person, words)
            if number == 0:
                meeting = await meetings.start(session, place.id, "RM_1", samples.NOW, wrapped)
        for number, words in enumerate(WORDS):
            one = await participants.joined(
                session,
                meeting.id,
                f"p-{number}",
                f"PA_{number}",
                account_id=person.id if number == 0 else None,
                name=words,
                now=samples.NOW,
                kind="account" if number == 0 else "guest",
            )
            sitting = Sitting(meeting, one, key)
            session.add(samples.utterance(sitting, f"{words} said", 5000 * number))
        await meetings.end(session, meeting.id, samples.NOW)
        await brandings.add(session, branding())
    return await sessions.open_session(database, person.id, clock(), strong=True), meeting.id


async def plan(session: AsyncSession, place: Room, person: Account, words: str) -> None:
    row = ScheduledMeeting(
        room_id=place.id,
        organizer_id=person.id,
        title=words,
        agenda="\n".join(WORDS),
        zone="UTC",
        begins="2100-01-04T10:00",
        length=3_600_000,
        recurrence="",
        language="fr",
        changed_at=samples.NOW,
    )
    session.add(row)
    await session.flush()
    session.add(Invitation(scheduled_meeting_id=row.id, email=EMAIL))


def branding() -> Branding:
    links = [{"url": "https://x.example/", "fr": one, "en": one} for one in WORDS[13:21]]
    return Branding(
        name=WORDS[8],
        accent="",
        accent_dark="",
        links=json.dumps(links),
        footer_fr=" ".join(WORDS[:9]),
        footer_en=" ".join(WORDS[13:22]),
        logo=None,
        logo_kind="",
    )


async def spoken(database: Database, keyring: Keyring) -> str:
    """Captions of the running meeting, from somebody in it."""
    async with database.transaction() as session:
        query = select(Meeting).join(Room).where(Room.slug == SLUG, Meeting.ended_at.is_(None))
        meeting = (await session.scalars(query)).one()
        heard = select(Participant).where(Participant.meeting_id == meeting.id).limit(1)
        one = (await session.scalars(heard)).one()
        key: MeetingKey = keyring.unwrap(meeting.wrapped_key)
        for number, words in enumerate(WORDS):
            sitting = Sitting(meeting, one, key)
            session.add(samples.utterance(sitting, words, 5000 * number))
    return ""


async def unbranded(database: Database) -> str:
    async with database.transaction() as session:
        await session.execute(delete(Branding))
    return ""


@contextmanager
def hostile(server: Server) -> Iterator[tuple[str, str, Keyring]]:
    """A server full of it; in the end it is called Visio again."""
    folder = Path(server.settings["VISIO_DATA_DIR"])
    keyring = Keyring(read_master_key(load(options={"demo": True, "data_dir": folder})))
    token, meeting = server.do(lambda database: planted(database, keyring))
    try:
        yield token, meeting, keyring
    finally:
        server.do(unbranded)


def test_what_is_typed_is_shown_as_text(visit: Visit, server: Server) -> None:
    with hostile(server) as (token, meeting, keyring):
        host, watching = visit("fr"), visit("en")
        for one in (host, watching):
            one.context.add_init_script("window.boom = () => { window.fired = true }")
            cookie = {"name": "visio_session", "value": token, "url": server.url}
            one.context.add_cookies([cookie])
        pages_about_rooms_and_meetings(host, meeting)
        everybody_in_the_call(visit, host, watching, server, keyring)
        what_administrators_see(watching)
        what_is_downloaded(watching, meeting)


def pages_about_rooms_and_meetings(host: Visitor, meeting: str) -> None:
    host.go("/")
    host.button("rooms.more_other", count=len(WORDS) - 12).click()
    is_text(host, *WORDS)
    assert host.page.title().endswith(WORDS[8])
    is_text(host, *WORDS[:9], *WORDS[13:21])  # the footer, and its links
    host.page.locator(".account-button").click()
    is_text(host, EMAIL)
    host.page.keyboard.press("Escape")
    host.button("rooms.actions", title=WORDS[0]).click()
    host.page.get_by_role("menuitem", name=host.text("members.title")).click()
    # Not by its role, which the menu has too while it fades away.
    expect(host.page.locator(".dialog")).to_contain_text(EMAIL)
    is_text(host, EMAIL)
    host.go("/meetings")
    rows = host.page.locator(".upcoming-row")
    expect(rows.first).to_be_visible()
    while (shown := rows.count()) < len(WORDS):
        host.button("schedule.more").click()
        expect(rows).not_to_have_count(shown)
    is_text(host, *WORDS)
    host.button("schedule.actions", title=WORDS[0]).click()
    host.page.get_by_role("menuitem", name=host.text("schedule.show")).click()
    expect(host.page.locator(".dialog")).to_contain_text(WORDS[1])
    is_text(host, *WORDS, EMAIL)
    host.go(f"/meetings/{meeting}")
    is_text(host, *WORDS, *(f"{words} said" for words in WORDS))


def everybody_in_the_call(
    visit: Visit, host: Visitor, watching: Visitor, server: Server, keyring: Keyring
) -> None:
    host.join(SLUG)
    guest = visit("en")
    guest.go(f"/{SLUG}")
    guest.field("prejoin.name").fill(WORDS[13])
    guest.button("prejoin.ask").click()
    host.page.get_by_role("group", name=host.text("lobby.title")).wait_for()
    is_text(host, WORDS[13])
    host.button("lobby.admit").first.click()
    guest.button("call.leave").wait_for()
    host.page.locator("#panel-button-people").click()
    is_text(host, WORDS[0], WORDS[13])
    guest.button("panels.chat").click()
    for some in range(0, len(WORDS), 10):
        guest.field("chat.message").fill(" ".join(WORDS[some : some + 10]))
        guest.button("chat.send").click()
    host.page.locator("#panel-button-chat").click()
    for one in (host, guest):
        is_text(one, *WORDS)
    server.do(lambda database: spoken(database, keyring))
    host.page.locator("#panel-button-transcript").click()
    is_text(host, *WORDS)
    watching.go("/admin/live")
    is_text(watching, WORDS[0])
    watching.page.get_by_role("link", name=WORDS[0], exact=True).click()
    is_text(watching, WORDS[0], WORDS[13])
    guest.button("call.leave").click()
    guest.shows("ended.title")
    is_text(guest, WORDS[0])


def what_administrators_see(watching: Visitor) -> None:
    watching.go("/admin/branding")
    expect(watching.field("admin.branding.name")).to_have_value(WORDS[8])
    is_text(watching, *WORDS[13:21])
    watching.go("/admin/policy")
    watching.shows("admin.policy.most")
    is_text(watching)
    for page, list_, words in (
        ("people", "accounts", {"name", "email"}),
        ("entities", "entities", {"name", "identifier"}),
        ("rooms", "all-rooms", {"title"}),
        ("meetings", "past-meetings", {"title"}),
        ("keys/services", "services", {"name"}),
        ("audit", "audit", {"author"}),
    ):
        with watching.page.expect_response(re.compile(rf"/api/v1/{list_}(\?|$)")) as answer:
            watching.go(f"/admin/{page}")
        is_text(watching, *typed(answer.value.json(), words))


def typed(answer: object, names: set[str]) -> list[str]:
    """What people typed in an answer: texts of these names."""
    if isinstance(answer, list):
        return [text for one in answer for text in typed(one, names)]
    if not isinstance(answer, dict):
        return []
    own = [text for name, text in answer.items() if name in names and isinstance(text, str)]
    return own + [text for one in answer.values() for text in typed(one, names)]


def what_is_downloaded(watching: Visitor, meeting: str) -> None:
    """Files are saved, and no page of ours even where somebody opens their address."""
    planned = watching.context.request.get("/api/v1/scheduled-meetings").json()["meetings"][0]
    for path in (
        f"/meetings/{meeting}/attendance.csv",
        *(f"/meetings/{meeting}/transcript.{form}" for form in FORMATS),
        f"/scheduled-meetings/{planned['id']}/invite.ics",
        "/audit/export?format=csv",
    ):
        headers = watching.context.request.get(f"/api/v1{path}").headers
        assert headers["content-disposition"].startswith("attachment"), path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-type"].split(";")[0] in HARMLESS


def test_text_is_neither_markup_nor_a_script_of_others(chromium: Browser, server: Server) -> None:
    """R28, T15: whatever a library would do with it."""
    page = chromium.new_page(base_url=server.url)
    page.goto("/")
    for act in (
        "document.body.innerHTML = '<p>typed</p>'",
        "document.createElement('script').src = 'https://elsewhere.example/x.js'",
        "new Worker('data:text/javascript,1')",
    ):
        thrown = page.evaluate(f"() => {{ try {{ {act} }} catch (error) {{ return error.name }} }}")
        assert thrown == "TypeError", act
    page.close()


HARMLESS = {"text/csv", "text/calendar", *(kind_of(form).split(";")[0] for form in FORMATS)}
SHOWN = """(wanted) => {
  const plain = (text) => text.replace(/\\s+/g, " ");
  const fields = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
  const page = plain([document.body.textContent, ...fields].join(" "));
  return wanted.every((words) => page.includes(plain(words)));
}"""
ELEMENTS = """() => {
  const ACTIVE = new Set(["href", "src", "action", "formaction", "data", "xlink:href"]);
  return [...document.querySelectorAll("*")].filter((element) =>
  element.classList.contains("evil") ||
  [...element.attributes].some(({ name, value }) =>
    name.startsWith("on") || (ACTIVE.has(name) && /^\\s*(javascript|data:text)/i.test(value))) ||
  (element.localName === "script" && !element.src && element.type !== "application/json") ||
  ["iframe", "object", "embed", "base", "marquee"].includes(element.localName)
).map(({ outerHTML }) => outerHTML.slice(0, 200));
}"""

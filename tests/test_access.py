from collections.abc import Sequence

import pytest
from livekit.protocol import models

from tests.test_room import enter, told
from visio import access
from visio.access import Entry, Settings
from visio.effects import Tell
from visio.room import Room

ALL = models.ParticipantPermission(can_subscribe=True, can_publish=True, can_publish_data=True)


@pytest.fixture
def room() -> Room:
    return Room("council", 1_000, lambda prefix: f"{prefix}1", title="Conseil", meeting="m1")


@pytest.mark.parametrize(
    ("level", "role", "account", "said"),
    [
        ("restricted", None, False, Entry.WAITS),
        ("restricted", None, True, Entry.WAITS),
        ("restricted", "member", True, Entry.ADMITTED),
        ("restricted", "owner", True, Entry.ADMITTED),
        ("trusted", None, False, Entry.WAITS),
        ("trusted", None, True, Entry.ADMITTED),
        ("public", None, False, Entry.ADMITTED),
    ],
)
def test_access_decides_who_waits(level: str, role: str | None, account: bool, said: Entry) -> None:
    settings = Settings(access=level)
    assert access.entry(settings, role, account=account) is said
    assert access.entry(settings, role, account=account, admitted=True) is Entry.ADMITTED


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("owner", Entry.ADMITTED),
        ("administrator", Entry.LOCKED),
        ("member", Entry.LOCKED),
        (None, Entry.LOCKED),
    ],
)
def test_a_lock_stops_all_but_owners_and_those_who_come_back(role: str | None, said: Entry) -> None:
    settings = Settings(access="public", locked=True)
    assert access.entry(settings, role, account=True) is said
    assert access.entry(settings, role, account=True, admitted=True) is said
    assert access.entry(settings, role, account=True, returning=True) is Entry.ADMITTED


def test_a_stranger_before_a_locked_room_waits_as_before_any_other() -> None:
    assert access.entry(Settings(locked=True), None, account=False) is Entry.WAITS


@pytest.mark.parametrize("role", [None, "member", "administrator"])
def test_a_ban_holds_in_any_room_whatever_else_would_let_them_in(role: str | None) -> None:
    settings = Settings(access="public")
    said = access.entry(settings, role, account=True, banned=True, admitted=True, returning=True)
    assert said is Entry.BANNED


@pytest.mark.parametrize(
    ("giver", "before", "after", "may"),
    [
        ("owner", "member", "owner", True),
        ("owner", "owner", None, True),
        ("administrator", "member", "administrator", True),
        ("administrator", None, "member", True),
        ("administrator", "administrator", None, True),
        ("administrator", "member", "owner", False),
        ("administrator", "owner", "member", False),
        ("administrator", "owner", None, False),
        ("member", None, "member", False),
        (None, None, None, False),
    ],
)
def test_owners_are_made_and_unmade_by_owners(
    giver: str | None, before: str | None, after: str | None, may: bool
) -> None:
    assert access.may_give(giver, before, after) == may


@pytest.mark.parametrize(
    ("settings", "role", "publishes", "sources"),
    [
        (Settings(), "guest", True, []),
        (Settings(microphone="hosts"), "owner", True, []),
        (
            Settings(microphone="hosts"),
            "member",
            True,
            [models.CAMERA, models.SCREEN_SHARE, models.SCREEN_SHARE_AUDIO],
        ),
        (Settings(camera="hosts", screen_share="hosts"), "guest", True, [models.MICROPHONE]),
        (
            Settings(microphone="hosts", camera="hosts", screen_share="hosts"),
            "guest",
            False,
            [],
        ),
    ],
)
def test_sources_are_for_everyone_or_for_hosts(
    settings: Settings, role: str, publishes: bool, sources: Sequence[int]
) -> None:
    permission = access.restricted(ALL, settings, role)
    assert (permission.can_publish, list(permission.can_publish_sources)) == (publishes, sources)
    assert permission.can_subscribe
    assert permission.can_publish_data


def test_another_setting_changes_the_permission_of_those_it_concerns(room: Room) -> None:
    enter(room, "ada", attributes={access.ROLE: "owner"})
    enter(room, "bob", attributes={access.ROLE: "guest"})
    enter(room, "bot")
    effects = access.apply(room, "Budget", Settings(camera="hosts", max_participants=3), 0.0)
    bob = room.participants["PA_bob"]
    assert models.CAMERA not in bob.permission.can_publish_sources
    assert not room.participants["PA_ada"].permission.can_publish_sources
    assert not room.participants["PA_bot"].permission.can_publish_sources
    assert room.terms.max_participants == 3
    assert {sid for one in effects if isinstance(one, Tell) for sid in one.to} == {
        "PA_ada",
        "PA_bob",
        "PA_bot",
    }
    shown = told(effects, "PA_bob", "room_update")[0].room_update.room.metadata
    assert '"camera": "hosts"' in shown


def test_the_same_settings_again_trouble_nobody(room: Room) -> None:
    enter(room, "bob", attributes={access.ROLE: "guest"})
    access.apply(room, "Conseil", Settings(camera="hosts"), 0.0)
    again = access.apply(room, "Conseil", Settings(camera="hosts"), 0.0)
    assert not told(again, "PA_bob", "update")


def test_another_role_is_shown_and_in_force(room: Room) -> None:
    enter(room, "bob", attributes={access.ROLE: "member"})
    settings = Settings(screen_share="hosts")
    access.apply(room, "Conseil", settings, 0.0)
    bob = room.participants["PA_bob"]
    effects = access.promote(room, bob, "administrator", settings, 0.0)
    update = told(effects, "PA_bob", "update")[0].update.participants[0]
    assert update.attributes[access.ROLE] == "administrator"
    assert not bob.permission.can_publish_sources
    assert access.hosts_in(room) == [bob]


def test_a_room_without_a_setting_keeps_what_its_maker_said(room: Room) -> None:
    room.terms = type(room.terms)(max_participants=7)
    access.furnish(room, Settings())
    assert room.terms.max_participants == 7
    access.furnish(room, Settings(max_participants=5))
    assert room.terms.max_participants == 5

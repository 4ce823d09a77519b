import pytest

from visio.access import Caller
from visio.errors import RoomLocked
from visio.lobby import LONGEST, Effect, Inform, Knock, Lobby, Show, State

ADA, BOB = Caller("account-ada"), Caller(guest="browser-of-bob")


def knock(id: str, caller: Caller | None = None) -> Knock:  # noqa: A002
    return Knock(id, id.title(), caller or Caller(guest=id), at=1_000)


def told(effects: list[Effect]) -> list[tuple[str, State]]:
    return [(one.knock, one.state) for one in effects if isinstance(one, Inform)]


def full_of(*ids: str, hosted: bool = True) -> Lobby:
    lobby = Lobby(hosted=hosted)
    for one in ids:
        lobby.knock(knock(one), 0.0)
    return lobby


def test_who_knocks_is_told_whether_a_host_is_there_and_hosts_are_shown() -> None:
    assert full_of(hosted=False).knock(knock("ada"), 0.0) == [
        Inform("ada", State.ABSENT),
        Show(),
    ]
    assert told(full_of().knock(knock("ada"), 0.0)) == [("ada", State.ASKED)]
    assert told(Lobby(hosted=True, locked=True).knock(knock("ada"), 0.0)) == [("ada", State.LOCKED)]


def test_hosts_coming_and_going_are_told_once_to_all() -> None:
    lobby = full_of("ada", "bob", hosted=False)
    assert told(lobby.set_hosted(True)) == [("ada", State.ASKED), ("bob", State.ASKED)]
    assert lobby.set_hosted(True) == []
    assert told(lobby.set_hosted(False)) == [("ada", State.ABSENT), ("bob", State.ABSENT)]


@pytest.mark.parametrize(
    ("ids", "left"), [(["bob"], ["ada"]), (None, []), (["gone"], ["ada", "bob"])]
)
def test_one_or_all_are_admitted(ids: list[str] | None, left: list[str]) -> None:
    lobby = full_of("ada", "bob")
    admitted = [one for one in ("ada", "bob") if one not in left]
    assert told(lobby.admit(ids)) == [(one, State.ADMITTED) for one in admitted]
    assert list(lobby.waiting) == left


def test_one_or_all_are_denied() -> None:
    lobby = full_of("ada", "bob", "cy")
    assert told(lobby.deny(["bob"])) == [("bob", State.DENIED)]
    assert told(lobby.deny()) == [("ada", State.DENIED), ("cy", State.DENIED)]
    assert lobby.deadline() is None


def test_a_locked_room_admits_nobody_until_it_is_unlocked() -> None:
    lobby = full_of("ada")
    assert told(lobby.set_locked(True)) == [("ada", State.LOCKED)]
    with pytest.raises(RoomLocked):
        lobby.admit()
    assert told(lobby.set_locked(False)) == [("ada", State.ASKED)]
    assert told(lobby.admit()) == [("ada", State.ADMITTED)]


def test_a_message_reaches_those_who_wait_and_those_who_come_later() -> None:
    lobby = full_of("ada")
    assert lobby.say("Five minutes") == [Inform("ada", State.ASKED, "Five minutes"), Show()]
    assert lobby.knock(knock("bob"), 0.0)[0] == Inform("bob", State.ASKED, "Five minutes")
    lobby.set_hosted(False)
    assert lobby.set_hosted(True)[0] == Inform("ada", State.ASKED)


def test_who_asks_from_another_page_waits_there_only() -> None:
    lobby = Lobby()
    for caller in (ADA, BOB):
        lobby.knock(knock("first", caller), 0.0)
        assert told(lobby.knock(knock("second", caller), 0.0)) == [
            ("first", State.ELSEWHERE),
            ("second", State.ABSENT),
        ]
        lobby.leave("second")


def test_browsers_that_say_nothing_of_themselves_are_not_one_person() -> None:
    assert not Caller().is_same_person(Caller())
    assert not Caller("a", guest="g").is_same_person(Caller("b", guest="g"))
    assert not Caller("a").is_same_person(Caller(guest="a"))


def test_a_banned_person_is_denied_whatever_page_they_ask_from() -> None:
    lobby = full_of("cy")
    lobby.knock(knock("bob", BOB), 0.0)
    assert told(lobby.deny_person(BOB)) == [("bob", State.DENIED)]


def test_who_leaves_is_no_longer_shown() -> None:
    lobby = full_of("ada")
    assert lobby.leave("ada") == [Show()]
    assert lobby.leave("ada") == []


def test_nobody_waits_for_ever() -> None:
    lobby = full_of("ada")
    lobby.knock(knock("bob"), 10.0)
    assert lobby.deadline() == LONGEST
    assert told(lobby.handle_timeout(LONGEST)) == [("ada", State.EXPIRED)]
    assert lobby.deadline() == LONGEST + 10


def test_the_two_hundred_first_is_turned_away() -> None:
    lobby = full_of(*map(str, range(200)))
    assert lobby.knock(knock("late"), 0.0) == [Inform("late", State.FULL)]
    assert "late" not in lobby.waiting


@pytest.mark.parametrize("state", State)
def test_every_state_either_waits_or_ends(state: State) -> None:
    assert state.ends == (state not in {State.ABSENT, State.ASKED, State.LOCKED})

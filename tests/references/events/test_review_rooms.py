"""What review-rooms.md says of review rooms, tried with several people at the event stream."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from references.events.caller import Caller
from references.events.sockets import Heard, Seat, seat, settle
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Generator

    from kitsu_sandbox.lifecycle import Connection

ROOM = "preview-room:"
RELAYED = (
    "add-annotation",
    "update-annotation",
    "remove-annotation",
    "change-version",
    "panzoom-changed",
    "comparison-panzoom-changed",
)
DEFAULTS: dict[str, Any] = {
    "is_playing": False,
    "current_entity_id": None,
    "current_entity_index": None,
    "current_preview_file_id": None,
    "current_preview_file_index": None,
    "is_repeating": None,
    "is_annotations_displayed": False,
    "is_zoom_enabled": False,
    "is_waveform_displayed": False,
    "is_laser_mode": None,
    "handle_in": None,
    "handle_out": None,
}
NO_COMPARISON = {
    "enable": False,
    "task_type": None,
    "revision": None,
    "mode": "sidebyside",
    "comparison_preview_index": 0,
}


class Table:
    """A review room of the sample production and the people around it, by role. Everybody's token is a bot's."""

    def __init__(self, reach: Connection, people: contextlib.ExitStack, playlist: str = "Dailies week 12") -> None:
        self.reach = reach
        self._people = people
        self.seats: dict[str, Seat] = {}
        projects = ask(reach.host, "data/projects/open", reach.token("admin")).body
        lists = [
            one
            for project in projects
            for one in ask(reach.host, f"data/projects/{project['id']}/playlists", reach.token("admin")).body
        ]
        self.playlist = next(one["id"] for one in lists if one["name"] == playlist)

    def sit(self, role: str, name: str = "") -> Seat:
        """Connect one more bot."""
        taken = self._people.enter_context(seat(self.reach, self.reach.token(role)))
        self.seats[name or role] = taken
        return taken

    def says(self, name: str, event: str, *more: object, **body: object) -> dict[str, list[tuple[str, Any]]]:
        """Send a room event with this room's playlist, and what everybody heard of it."""
        self.seats[name].say(ROOM + event, {"playlist_id": self.playlist} | body, *more)
        return self.heard()

    def heard(self) -> dict[str, list[tuple[str, Any]]]:
        """What each heard since the last time, without the prefix; those who heard nothing are left out."""
        settle(self.reach, *(one for one in self.seats.values() if one.client.connected))
        taken = {name: [(event.removeprefix(ROOM), body) for event, body in s.take()] for name, s in self.seats.items()}
        return {name: heard for name, heard in taken.items() if heard}

    def identity(self, role: str) -> str:
        return ask(self.reach.host, "auth/authenticated", self.reach.token(role)).body["user"]["id"]

    def people(self, *roles: str) -> tuple[str, Any]:
        """The event that lists these."""
        listed = [self.identity(role) for role in roles]
        return "room-people-updated", {"people": listed, "playlist_id": self.playlist, "id": self.playlist}

    def state(self, *roles: str, **changed: object) -> dict[str, Any]:
        """The state of the room with these people in it."""
        whole = {"playlist_id": self.playlist, "user_id": None, "local_id": None, "current_frame": 0, "speed": None}
        people = {"people": [self.identity(role) for role in roles], "comparing": NO_COMPARISON}
        return whole | DEFAULTS | people | changed


@pytest.fixture
def table(kitsu: Connection) -> Generator[Table]:
    """Rooms outlive a reset of the data, but not the people in them."""
    with contextlib.ExitStack() as people:
        yield Table(kitsu, people)


def test_opening_a_playlist_lets_one_hear_and_tells_everybody_there_who_is_in_the_review(table: Table) -> None:
    table.sit("supervisor")
    table.sit("user")
    assert table.says("supervisor", "open-playlist") == {"supervisor": [table.people()]}
    assert table.says("user", "open-playlist") == {"supervisor": [table.people()], "user": [table.people()]}


def test_joining_lists_a_person_but_only_who_opened_the_playlist_hears_of_it(table: Table) -> None:
    table.sit("supervisor")
    table.sit("user")
    table.says("user", "open-playlist")
    assert table.says("supervisor", "join") == {
        "user": [table.people("supervisor"), ("room-updated", table.state("supervisor"))]
    }


def test_the_first_who_joins_sets_the_state_and_later_ones_are_told_it(table: Table) -> None:
    for role in ("supervisor", "user"):
        table.sit(role)
        table.says(role, "open-playlist")
    table.heard()
    first = table.says("supervisor", "join", current_frame=12, is_playing=True)
    assert first["user"][1] == ("room-updated", table.state("supervisor", current_frame=12, is_playing=True))
    second = table.says("user", "join", current_frame=99)
    told = ("room-updated", table.state("supervisor", "user", current_frame=12, is_playing=True))
    assert second == {role: [table.people("supervisor", "user"), told] for role in ("supervisor", "user")}


def test_an_update_replaces_the_state_and_keeps_only_frame_speed_and_comparison_when_left_out(table: Table) -> None:
    table.sit("user")
    table.says("user", "open-playlist")
    table.says("user", "join")
    given: dict[str, Any] = dict.fromkeys(DEFAULTS, 7) | {"user_id": "anybody", "local_id": "tab", "current_frame": 3}
    comparing = {"enable": True, "mode": "overlay"}
    heard = table.says("user", "room-updated", **given, speed=2.5, comparing=comparing | {"colour": 1}, bogus=1)
    full = table.state("user", **given, speed=2.5, comparing=comparing, only_newcomer=False)
    assert heard == {"user": [("room-updated", full)]}
    kept = table.state("user", current_frame=3, speed=2.5, comparing=comparing, only_newcomer=False)
    assert table.says("user", "room-updated") == {"user": [("room-updated", kept)]}
    assert table.says("user", "room-updated", speed="fast", comparing="none") == {"user": [("room-updated", kept)]}


def test_for_newcomers_only_is_said_beside_the_body_not_in_it(table: Table) -> None:
    table.sit("user")
    table.says("user", "open-playlist")
    ((_, beside),) = table.says("user", "room-updated", True)["user"]
    ((_, inside),) = table.says("user", "room-updated", only_newcomer=True)["user"]
    assert (beside["only_newcomer"], inside["only_newcomer"]) == (True, False)


def test_anybody_signed_in_moves_a_room_without_joining_or_being_allowed_in(table: Table) -> None:
    table.sit("supervisor")
    table.sit("vendor")
    table.says("supervisor", "open-playlist")
    table.says("supervisor", "join")
    assert table.says("vendor", "open-playlist") == {}
    assert table.says("vendor", "join") == {}
    moved = table.says("vendor", "room-updated", current_frame=666)
    assert moved == {
        "supervisor": [("room-updated", table.state("supervisor", current_frame=666, only_newcomer=False))]
    }


@pytest.mark.parametrize("event", RELAYED)
def test_a_relayed_event_reaches_everybody_there_as_it_was_sent_and_is_not_kept(table: Table, event: str) -> None:
    for role in ("supervisor", "user"):
        table.sit(role)
        table.says(role, "open-playlist")
    table.heard()
    body = {"playlist_id": table.playlist, "anything": [1, {"x": None}]}
    assert table.says("user", event, **body) == {role: [(event, body)] for role in ("supervisor", "user")}
    joined = table.says("user", "join")["user"]
    assert joined == [table.people("user"), ("room-updated", table.state("user"))]


@pytest.mark.parametrize("event", RELAYED)
def test_a_relayed_event_without_a_playlist_reaches_every_connection(table: Table, event: str) -> None:
    for role in ("user", "client"):
        table.sit(role)
    table.seats["user"].say(ROOM + event, {"x": 1})
    assert table.heard() == {role: [(event, {"x": 1})] for role in ("user", "client")}


def test_leaving_without_a_playlist_tells_every_connection_that_nobody_is_there(table: Table) -> None:
    for role in ("user", "client"):
        table.sit(role)
    table.seats["user"].say(ROOM + "leave", {})
    nobody: Heard = ("room-people-updated", {"people": [], "playlist_id": "", "id": ""})
    assert table.heard() == {role: [nobody] for role in ("user", "client")}


@pytest.mark.parametrize("event", ["open-playlist", "join", "room-updated", "close-playlist"])
@pytest.mark.parametrize("body", [(), ("text",), ({},), ({"playlist_id": "no such playlist"},)])
def test_other_bad_bodies_do_nothing_and_say_nothing(table: Table, event: str, body: tuple[object, ...]) -> None:
    table.sit("user").say(ROOM + event, *body)
    assert table.heard() == {}
    assert table.says("user", "open-playlist") == {"user": [table.people()]}


def test_leaving_unlists_a_person_who_goes_on_hearing_until_the_playlist_is_closed(table: Table) -> None:
    for role in ("supervisor", "user"):
        table.sit(role)
        table.says(role, "open-playlist")
        table.says(role, "join")
    assert table.says("user", "leave") == {role: [table.people("supervisor")] for role in ("supervisor", "user")}
    assert set(table.says("supervisor", "room-updated")) == {"supervisor", "user"}
    assert table.says("user", "close-playlist") == {}
    assert set(table.says("supervisor", "room-updated")) == {"supervisor"}


def test_closing_a_playlist_leaves_a_person_listed(table: Table) -> None:
    for role in ("supervisor", "user"):
        table.sit(role)
        table.says(role, "open-playlist")
    table.says("user", "join")
    table.says("user", "close-playlist")
    assert table.says("supervisor", "open-playlist") == {"supervisor": [table.people("user")]}


def test_a_room_that_its_last_person_leaves_forgets_its_state(table: Table) -> None:
    table.sit("user")
    table.says("user", "open-playlist")
    table.says("user", "join", current_frame=12)
    table.says("user", "leave")
    assert table.says("user", "join")["user"][1] == ("room-updated", table.state("user"))


def test_a_state_that_nobody_listed_stands_for_stays_in_part_for_the_next_who_joins(table: Table) -> None:
    table.sit("vendor")
    table.says("vendor", "room-updated", current_frame=5, speed=2, is_playing=True)
    table.sit("user")
    table.says("user", "open-playlist")
    assert table.says("user", "join")["user"][1] == ("room-updated", table.state("user", current_frame=5, speed=2))


def test_a_lost_connection_unlists_its_person_even_where_they_have_another(table: Table) -> None:
    table.sit("supervisor")
    for name in ("user", "again"):
        table.sit("user", name)
    table.says("supervisor", "open-playlist")
    table.says("user", "join")
    table.says("again", "join")
    table.seats["again"].client.disconnect()
    until_heard(table.seats["supervisor"], ROOM + "room-people-updated")
    assert table.heard() == {"supervisor": [table.people()]}


def test_clients_enter_the_rooms_of_playlists_for_clients_and_vendors_none(kitsu: Connection) -> None:
    entered: dict[str, set[str]] = {}
    for playlist in ("Dailies week 12", "Client review 1"):
        with contextlib.ExitStack() as people:
            table = Table(kitsu, people, playlist)
            roles = ("admin", "manager", "supervisor", "user", "client", "vendor")
            for role in roles:
                table.sit(role)
            entered[playlist] = {role for role in roles if role in table.says(role, "open-playlist")}
    team = {"admin", "manager", "supervisor", "user"}
    assert entered == {"Dailies week 12": team, "Client review 1": team | {"client"}}


def test_nobody_enters_the_room_of_a_project_they_are_not_on(pristine: Connection) -> None:
    admin = Caller(pristine.host, pristine.token("admin"))
    secret = next(one["id"] for one in admin.get("data/projects/open") if one["name"] == "Secret Pilot")
    admin.post("data/playlists", {"name": "Secret", "project_id": secret, "for_entity": "shot", "shots": []})
    with contextlib.ExitStack() as people:
        table = Table(pristine, people, "Secret")
        for role in ("admin", "manager", "user"):
            table.sit(role)
        assert table.says("admin", "open-playlist") == {"admin": [table.people()]}
        assert table.says("manager", "open-playlist") == table.says("user", "join") == {}


@pytest.mark.parametrize("token", [None, "garbage"])
def test_who_is_not_signed_in_hears_everything_until_they_say_something(kitsu: Connection, token: str | None) -> None:
    with seat(kitsu, token) as stranger, seat(kitsu, kitsu.token("user")) as user:
        user.say(ROOM + "add-annotation", {"x": 1})
        settle(kitsu, stranger)
        assert stranger.take() == [(ROOM + "add-annotation", {"x": 1})]
        stranger.client.emit(ROOM + "open-playlist", {}, namespace="/events")
        stranger.client.wait()
        assert not stranger.client.connected


def until_heard(one: Seat, name: str) -> None:
    """Wait until this is heard."""
    with one.changed:
        assert one.changed.wait_for(lambda: any(heard == name for heard, _ in one.heard), 30)

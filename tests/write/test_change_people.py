"""`change_people`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from support.api import ask
from support.client import connected
from support.faults import fault_proxy, lose_answer
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

THEO = "Theo Marchand"


def person_of(connection: Connection, name: str) -> dict[str, Any]:
    every = ask(connection.host, "data/persons?relations=true", connection.token("admin")).body
    return next(one for one in every if one["full_name"] == name)


async def test_people_are_archived_and_changed_and_all_of_it_is_taken_back(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person, before = Person(), person_of(pristine, THEO)
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, role="admin", mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):

        async def change(*rows: dict[str, Any]) -> dict[str, Any]:
            with held_to_plan(pristine, journal):
                return await agent.ask("change_people", rows=list(rows))

        proxy.fault(lose_answer(), method="PUT", path="data/persons")
        gone = await change({"people": [THEO], "set": {"active": False}})
        assert gone["rows"][0][1:4] == ["applied", "active, role user", "archived, role user"]
        assert person.asked[0].startswith("Archive Theo Marchand")
        assert "Cannot sign in then; open tasks stay theirs: Theo Marchand 32" in person.asked[0]
        theo = f"{proxy.url}/people/{before['id']}"
        moved = await change(
            {"people": [theo, "AIKO@example.com"], "join": ["Layout", "FX"]},
            {"people": ["Inês Carvalho"], "set": {"role": "manager", "phone": "+33 6 12", "daily_salary": 310}},
            {"people": ["Sam Adeyemi"], "set": {"last_name": "Adeyemi / : 😀", "seniority": None, "position": "none"}},
        )
        assert [row[1] for row in moved["rows"]] == ["applied"] * 4
        assert "A manager sets up productions, sees salaries: Inês Carvalho" in person.asked[1]
        sent = [one.json for one in proxy.requests if one.method == "PUT"]
        assert sent[0] == {"active": False}
        assert sorted(sent[3]) == ["daily_salary", "phone", "role"]
        joined = set(person_of(pristine, THEO)["departments"])
        assert joined > set(before["departments"])  # Zou takes all of them anew
        left = await change({"people": [THEO], "leave": ["layout"]})
        assert len(joined - set(person_of(pristine, THEO)["departments"])) == 1
        for code in (left["journal"], moved["journal"], gone["journal"]):
            with held_to_plan(pristine, journal):
                await agent.ask("undo_change", code=code)
        assert "Can sign in again, with the former password: Theo Marchand" in person.asked[-1]
        after = person_of(pristine, THEO)
        assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"set": {"email": "a@b.c"}}, "Input should be 'first_name'"),
    ({"set": {"expiration_date": "2030-01-01"}}, "Input should be 'first_name'"),
    ({"set": {"password": "x"}}, "Input should be 'first_name'"),
    ({"set": {"role": "admin"}}, "role: 'admin' is none of manager, supervisor, user, vendor, client"),
    ({"set": {"position": "boss"}}, "position: 'boss' is none of supervisor, lead, artist"),
    ({"set": {"daily_salary": "-5"}}, "is no whole number from 0 to 10,000,000"),
    ({"set": {"phone": "call me"}}, "phone: 'call me' is not one"),
    ({"set": {"phone": "1" * 40}}, "is not one"),
    ({"set": {"first_name": "x" * 300}}, "first_name has 300 characters; Kitsu holds 80"),
    ({"set": {"last_name": "a\u202eb"}}, "U+202E"),
    ({"set": {"first_name": "AIKO", "last_name": " hayashi"}}, "there is 'Aiko Hayashi' already"),
    ({"set": {"active": "yes"}}, "All of it is so already"),
    ({"join": ["Baking"]}, "No department 'Baking'"),
    ({"join": ["FX"], "leave": ["fx"]}, "In join as well as in leave: FX"),
    ({}, "say what is to be of Theo Marchand"),
    ({"people": ["Nobody"], "join": ["FX"]}, "No person 'Nobody'"),
    ({"people": [THEO, "theo@example.com"], "set": {"active": "yes"}}, "All of it is so already"),
    ({"people": ["me"], "set": {"role": "user"}}, "is who this server is signed in as"),
    ({"people": ["Admin Bot"], "set": {"phone": "1"}}, "is who this server is signed in as"),
    ({"people": ["Manager Bot"], "set": {"active": "no"}}, "is a bot or a guest"),
    ({"people": ["Super Admin"], "set": {"role": "user"}}, "Super Admin is an admin"),
    ({"people": ["Super Admin"], "set": {"active": "no"}}, "Super Admin is an admin"),
]


async def test_what_is_not_changed_from_here_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, role="admin", on_question=person, journal=journal) as agent:
            for row, says in REFUSED:
                refusal = await agent.refusal("change_people", rows=[{"people": [THEO]} | row])
                assert says in refusal, (row, refusal)
                assert "Nothing was" in refusal, row
            two = [{"people": [THEO], "join": ["FX"]}, {"people": [THEO], "set": {"active": "no"}}]
            assert "in several rows" in await agent.refusal("change_people", rows=two)
        limited = connected(kitsu, role="admin", on_question=person, journal=journal, KITSU_PROJECTS="Salt Harbour")
        async with limited as agent:
            for tool, row in (("change_people", two[0]), ("change_studio", RECORD)):
                assert "limited to productions" in await agent.refusal(tool, rows=[row])
    assert person.asked == []


RECORD = {"what": "department", "do": "create", "name": "Sound"}


async def test_only_admins_change_the_studio_as_zou_has_it(pristine: Connection, journal: Path) -> None:
    theo = person_of(pristine, THEO)["id"]
    departments = ask(pristine.host, "data/departments", pristine.token("admin")).body
    routes: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", f"data/persons/{theo}", {"phone": "1"}),
        ("POST", "data/departments", {"name": "X", "color": "#102030"}),
        ("DELETE", f"data/departments/{departments[0]['id']}", {}),
        ("POST", "data/task-types", {"name": "X"}),
        ("POST", "data/task-status", {"name": "X", "short_name": "x", "color": "#102030"}),
        ("POST", "data/entity-types", {"name": "X"}),
        ("POST", "data/status-automations", {"entity_type": "shot"}),
    ]
    for role in ("manager", "supervisor", "user", "client", "vendor"):
        person = Person()
        async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
            people = await agent.refusal("change_people", rows=[{"people": [THEO], "set": {"phone": "1"}}])
            assert f"Only admins change people; this identity has the role {role!r}" in people
            assert "Only admins change" in await agent.refusal("change_studio", rows=[RECORD])
        assert person.asked == []
        for method, path, body in routes:
            assert ask(pristine.host, path, pristine.token(role), method=method, body=body).status == 403, (role, path)


async def test_a_role_that_changes_meanwhile_writes_nothing(pristine: Connection, journal: Path) -> None:
    """Ours while the person reads, and before the undo, or that of who would be archived; the colleague who changes
    them is an admin in Kitsu's page.
    """
    login = {"email": pristine.admin_email, "password": pristine.password}
    token = ask(pristine.host, "auth/login", method="POST", body=login).body["access_token"]
    bot = f"data/persons/{person_of(pristine, 'Admin Bot')['id']}"

    aiko, theo_ = (f"data/persons/{person_of(pristine, one)['id']}" for one in ("Aiko Hayashi", THEO))

    def put(path: str, **body: str) -> None:
        assert ask(pristine.host, path, token, method="PUT", body=body).status == 200

    person = Person()
    async with connected(pristine, role="admin", mode="legacy", on_question=person, journal=journal) as agent:
        for first, last, called in (("Theo", "Marchand", f"{THEO}~{aiko[-36:-28]}"), ("", "", aiko[-36:])):
            put(aiko, first_name=first, last_name=last)
            row = {"people": ["aiko@example.com"], "set": {"phone": f"{len(first)}"}}
            assert (await agent.ask("change_people", rows=[row]))["rows"][0][0] == called
        done = await agent.ask("change_people", rows=[{"people": [THEO], "set": {"contract": "freelance"}}])
        person.meanwhile = partial(put, theo_, role="admin")
        receipt = await agent.ask("change_people", rows=[{"people": [THEO], "set": {"active": "no"}}])
        assert receipt["rows"][0][1:4] == ["skipped", "active, role user", "active, role admin"]
        put(theo_, role="user")
        person.meanwhile = partial(put, bot, role="manager")
        receipt = await agent.ask("change_people", rows=[{"people": [THEO], "set": {"active": "no"}}])
        assert receipt["rows"][0][1] == "skipped"
        assert "Only admins change people" in receipt["rows"][0][4]
        assert "Only admins change" in await agent.refusal("undo_change", code=done["journal"])
    every = ask(pristine.host, "data/persons", token).body
    theo = next(one for one in every if one["full_name"] == THEO)
    assert (theo["active"], theo["contract_type"]) == (True, "freelance")

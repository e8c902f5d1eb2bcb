"""`set_casting`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.api import ask
from support.client import connected
from support.faults import fault_proxy
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

SALT, ROBO = "Salt Harbour", "Robo Garden"
SHOTS = [f"SQ010/SH00{number}0" for number in range(1, 5)]
LINKS = """
select concat(parent.name || '/', shot.name), asset.name, link.nb_occurences, coalesce(link.label, '')
from entity_link link join entity shot on shot.id = entity_in_id join entity asset on asset.id = entity_out_id
join project on project.id = shot.project_id left join entity parent on parent.id = shot.parent_id
where project.name = %s order by 1, 2
"""


def links(connection: Connection, project: str) -> dict[tuple[str, str], tuple[int, str]]:
    """What is cast in a production, by names."""
    with psycopg.connect(connection.database) as database:
        rows = database.execute(LINKS, [project]).fetchall()
    return {(shot, asset): (times, label) for shot, asset, times, label in rows}


def ids(connection: Connection, project: str, name: str) -> tuple[str, str]:
    """The ids of a production and of one thing in it."""
    with psycopg.connect(connection.database) as database:
        found = database.execute(
            "select project.id::text, entity.id::text from entity join project on project.id = entity.project_id "
            "where project.name = %s and entity.name = %s",
            [project, name],
        ).fetchone()
    assert found
    return found


async def test_only_what_is_named_is_cast_whatever_others_cast_meanwhile(pristine: Connection, journal: Path) -> None:
    before = links(pristine, SALT)
    project, gull = ids(pristine, SALT, "Gull")
    _, otto = ids(pristine, SALT, "Otto")
    _, shot = ids(pristine, SALT, "Lighthouse")

    def others_cast() -> None:
        for asset, times in ((gull, 3), (otto, 4)):
            path = f"data/projects/{project}/entities/casting/assets/{asset}"
            body = {"entity_ids": [shot], "nb_occurences": times}
            assert ask(pristine.host, path, pristine.token("manager"), method="PUT", body=body).status == 200

    person = Person()
    of = [f"{SALT}/SQ010", f"{SALT}/Environment/Harbour"]
    rows = [
        {"of": f"{SALT}/Environment/Harbour", "asset": f"{SALT}/Prop/Rowing boat", "label": "wet"},
        {"of": f"{SALT}/SQ010/SH0010", "asset": f"{SALT}/Environment/Lighthouse", "remove": True},
    ]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode="legacy", on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("set_casting", of=of, assets=["Prop/Lantern"], times=2, rows=rows)
        after = links(pristine, SALT)
        assert "Change casting: 7 links in Salt Harbour" in person.asked[0]
        assert any(one.startswith("SQ010/SH0010 Environment/Ligh") for one in person.forms[0]["changes"])
        assert receipt["outcome"] == "7 applied"
        assert {key: one for key, one in after.items() if before.get(key) != one} == {
            **{(shot, "Lantern"): (2, before.get((shot, "Lantern"), (0, ""))[1]) for shot in SHOTS},
            ("Harbour", "Lantern"): (2, ""),
            ("Harbour", "Rowing boat"): (3, "wet"),
        }  # fmt: skip
        assert before.keys() - after.keys() == {("SQ010/SH0010", "Lighthouse")}
        puts = [one.path for one in proxy.requests if one.method == "PUT"]
        assert len(puts) == 3
        assert all("/entities/casting/assets/" in path for path in puts)  # none that replaces a casting
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=receipt["journal"])
        assert links(pristine, SALT) == before
        with nothing_written(pristine):
            said = await agent.refusal("set_casting", of=of[1:], assets=[f"{SALT}/Prop/Rowing boat"], times=3)
        assert "Every link is so already" in said
        person.meanwhile = others_cast
        assets = [f"{SALT}/Character/Otto", f"{SALT}/Character/Maren"]
        mixed = await agent.ask("set_casting", of=[f"{SALT}/Environment/Lighthouse"], assets=assets)
    assert [row[1] for row in mixed["rows"]] == ["skipped", "applied"]
    assert "changed since you were asked" in mixed["rows"][0][4]
    now = links(pristine, SALT)
    assert {asset: times for (of_, asset), (times, _) in now.items() if of_ == "Lighthouse"} == {
        "Gull": 3, "Otto": 4, "Maren": 1,
    }  # fmt: skip


async def test_what_an_episode_gets_and_loses_with_its_shots_is_told_and_held(
    pristine: Connection, journal: Path
) -> None:
    person, drone, king = Person(), f"{ROBO}/Prop/Broken drone", f"{ROBO}/Character/Snail king"
    with_drone = sorted(shot for shot, asset in links(pristine, ROBO) if asset == "Broken drone" and shot != "E01")
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            added = await agent.ask("set_casting", of=[f"{ROBO}/E01/SQ02"], assets=[king])
        assert added["outcome"] == "4 applied"
        assert added["also_changed_by_kitsu"] == [f"{ROBO}/E01 gets Character/Snail king too (now ×1)"]
        assert ("E01", "Snail king") in links(pristine, ROBO)
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=added["journal"])
        assert ("E01", "Snail king") not in links(pristine, ROBO)
        assert "unless somebody cast it there" in back["also_changed_by_kitsu"][0]
        with held_to_plan(pristine, journal):
            gone = await agent.ask("set_casting", of=[f"{ROBO}/E01"], assets=[drone], remove=True)
        assert f"loses Prop/Broken drone ×{len(with_drone)}" in person.asked[-1]
        assert len(gone["also_changed_by_kitsu"]) == len(with_drone) > 1
        assert not [key for key in links(pristine, ROBO) if key[1] == "Broken drone"]
        with nothing_written(pristine):
            rows = [
                {"of": f"{ROBO}/E01/SQ01/SH0010", "asset": king},
                {"of": f"{ROBO}/E01", "asset": king, "remove": True},
            ]
            assert "leaves all its shots" in await agent.refusal("set_casting", rows=rows)


SHOT, OTTO = f"{SALT}/SQ010/SH0010", f"{SALT}/Character/Otto"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "Name both `of` and `assets`, or rows"),
    ({"of": [SHOT]}, "Name both `of` and `assets`, or rows"),
    ({"of": [OTTO], "assets": [OTTO]}, "not cast in itself: Character/Otto"),
    ({"of": [SHOT], "assets": [f"{ROBO}/Character/Bolt"]}, "Of another production, and not shared"),
    ({"of": [SHOT, f"{ROBO}/E01"], "assets": [OTTO]}, "of several productions"),
    ({"of": [SHOT], "assets": [SHOT]}, "is of the kind shot; here go assets"),
    ({"of": [SALT], "assets": [OTTO]}, "is no single thing"),
    ({"of": [f"{SALT}/Main edit"], "assets": [OTTO]}, "is of the kind edit"),
    ({"of": [SHOT], "assets": [f"{SALT}/Prop/Old anchor"]}, "Omitted"),
    ({"of": [f"{SALT}/SQ010/SH9999", "Nowhere/SH01"], "assets": [OTTO]}, "2 of the 2 names cannot be used"),
    ({"of": [SHOT], "assets": [OTTO], "times": -1}, "times: Input should be greater than or equal to 0"),
    ({"of": [SHOT], "assets": [OTTO], "times": 1001}, "times: Input should be less than or equal to 1000"),
    ({"of": [SHOT], "assets": [OTTO], "times": 2, "remove": True}, "has neither times nor a label"),
    ({"of": [SHOT], "assets": [OTTO], "label": "a\nb"}, "Kitsu keeps"),
    ({"of": [SHOT], "assets": [OTTO], "label": "a\u200bb"}, "U+200B"),
    ({"of": [SHOT, SHOT], "assets": [OTTO], "rows": [{"of": SHOT, "asset": OTTO, "times": 3}]}, "named twice"),
]


async def test_what_cannot_be_cast_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            for given, says in REFUSED:
                refusal = await agent.refusal("set_casting", **given)
                assert says in refusal, given
                assert "Nothing was" in refusal, given
    assert person.asked == []


async def test_an_asset_that_is_shared_is_cast_in_other_productions(pristine: Connection, journal: Path) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute("update entity set is_shared = true where name = 'Bolt'")
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            await agent.ask("set_casting", of=[SHOT], assets=[f"{ROBO}/Character/Bolt"])
    assert links(pristine, SALT)["SQ010/SH0010", "Bolt"] == (1, "")

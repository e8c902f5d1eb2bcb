"""Whole boards, and the shots of one sequence, as Zou's routes give them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from anyio import to_thread

from kitsu_tools.tracker.board_rows import Rows
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.model import Entity, EntityRecord, Kind
from kitsu_tools.tracker.records import entity_record_of
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import Answer

FEW_SHOTS = 300
"""So many are read a second time in 25 ms; of more it is asked first how many there are."""

MakesRows = Callable[[], Awaitable[Rows]]
"""Gives what makes entities of rows, which takes reading the boards above: done while the rows come."""


def board_query(project_id: str, **more: str) -> dict[str, str]:
    """What the routes of boards are asked with."""
    return {"project_id": project_id, "compact": "true", **more}


@dataclass(frozen=True, slots=True)
class BoardReads:
    """The routes by which the boards of one production are read as one identity."""

    session: KitsuSession
    project_id: str
    shot_type: Callable[[], Awaitable[str]]

    async def shared(self, episode_id: str) -> list[EntityRecord]:
        """The assets of other productions that are cast here, or in one episode."""
        below = f"/episodes/{episode_id}" if episode_id else ""
        try:
            records = await self.session.read(f"data/projects/{self.project_id}{below}/assets/shared-used")
        except (NotFound, NotPermitted):  # a Zou without shared assets, a role without them
            return []
        return list(map(entity_record_of, records))

    async def board(self, kind: Kind, makes_rows: MakesRows) -> list[Entity]:
        """Everything of one kind.

        Raises:
            NotPermitted: the role sees nothing of this kind.
        """
        read = partial(self.session.read, f"data/{kind}s/with-tasks", board_query(self.project_id))
        answer, rows = await gather_both(read, makes_rows)

        # A tenth of a second for 35,000 tasks, during which other questions are to be answered.
        def make() -> Awaitable[list[Entity]]:
            return to_thread.run_sync(rows.entities, answer)

        if kind != "shot":
            return await make()
        entities, count = await gather_both(make, partial(self._count_of_shots, least=len(Rows.in_answer(answer))))
        return await self._with_loose_shots(entities, rows) if count > len(entities) else entities

    async def sequence(self, sequence_id: str, makes_rows: MakesRows) -> list[Entity]:
        """The shots of one sequence.

        Raises:
            NotPermitted: to vendors these routes are closed, where the board is not (seen on Zou 1.0.97).
        """
        query = {"relations": "true"}
        shots = partial(self.session.read, f"data/sequences/{sequence_id}/shots", query)
        tasks = partial(self.session.read, f"data/sequences/{sequence_id}/shot-tasks", query)
        found, rows = await gather_both(partial(gather, shots, tasks), makes_rows)
        return rows.joined(*found)

    async def _count_of_shots(self, least: int) -> int:
        """How many shots there are, whatever they stand in; or, of a few, more than the `least` that there are.

        20 ms where the board takes a second, but 240 ms for an identity on 200 teams (Zou 1.0.97).
        """
        if least <= FEW_SHOTS:
            return least + 1
        query = {"project_id": self.project_id, "entity_type_id": await self.shot_type(), "page": "1", "limit": "1"}
        try:
            return Answer(200, await self.session.read("data/entities", query)).fields.get("total") or 0
        except (NotFound, NotPermitted, Refused):  # by a Zou that does not count: the board is what it shows
            return 0

    async def _with_loose_shots(self, entities: list[Entity], rows: Rows) -> list[Entity]:
        """Also the shots without a sequence: they are on no board of Zou, which joins shots and sequences (1.0.97)."""
        known = {one.id for one in entities}
        try:
            every = await self.session.read(f"data/projects/{self.project_id}/shots")
        except (NotFound, NotPermitted, Refused):
            return entities
        shots = {one["id"]: one for one in every if one["id"] not in known}
        if not shots:
            return entities
        tasks = await records_by(self.session, "data/tasks", "entity_id", shots, relations="true")
        return rows.addressed([*entities, *rows.joined(shots.values(), tasks)])

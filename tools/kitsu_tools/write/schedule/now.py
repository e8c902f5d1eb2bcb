"""What a plan for a schedule is made from: its bars and milestones at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.write.schedule.parts import BAR, MILESTONE, NAME, Part, Record, parts_held, record_of
from kitsu_tools.write.snapshot import Snapshot, project_now


@dataclass(frozen=True, slots=True)
class ScheduleNow(Snapshot):
    """A schedule as it is; `names` are the addresses of parts that have bars or are named, by id."""

    bars: Sequence[Record]
    milestones: Sequence[Record]
    names: dict[str, str]

    def held(self, part: Part) -> Record | None:
        """What Kitsu has of a part."""
        return record_of(part, self.bars if part.kind == BAR else self.milestones)

    def label(self, part: Part, record: Record | None = None) -> str:
        """A part as it stands in a message: a bar is written as a task of what it is of."""
        base, record = encoded(self.project.name), record or self.held(part)
        task_type = self.types[part.type_id].name if part.type_id in self.types else ""
        if part.kind == BAR:
            return f"{self.names.get(part.which, '?')}:{task_type}" if part.which else f"{base}/{task_type}"
        name = record[NAME] if record else part.which
        return f"{base}/milestone {encoded(name)}{f' ({task_type})' if task_type else ''}"


async def schedule_now(kitsu: Kitsu, project: Project) -> ScheduleNow:
    """Read what decides a plan for a schedule.

    Raises:
        BadInput: the production is closed.
        NotPermitted: it is not there any more for this identity, or its role sees no schedules.
    """
    if hidden := (await kitsu.hidden(project)).schedule:
        raise NotPermitted(f"This cannot be planned: {hidden}.")
    held: dict[tuple[str, str], Sequence[Record]] = {}

    async def read() -> None:
        held.update(await parts_held(kitsu.session, ((BAR, project.id), (MILESTONE, project.id))))

    now = await project_now(kitsu, project, read)
    return ScheduleNow(**now, bars=held[BAR, project.id], milestones=held[MILESTONE, project.id], names={})

"""What the tasks want to be said is what the database holds: computed there without any of this server's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from evals.scoring import Trial, failures
from evals.state import State
from evals.task import read_all
from evals.transcript import Transcript

if TYPE_CHECKING:
    from typing import LiteralString

    from kitsu_sandbox.lifecycle import Connection

WORK: LiteralString = """
with work as (
  select task.*, project.name production, task_type.name step, entity.name what, is_feedback_request,
    not is_done and task_status.short_name <> 'omit' and not entity.canceled is_open, first_name || ' ' || last_name who
  from task join project on project.id = task.project_id join task_type on task_type.id = task.task_type_id
    join entity on entity.id = task.entity_id join task_status on task_status.id = task.task_status_id
    left join task_person_link link on link.task_id = task.id left join person on person.id = link.person_id)
"""
FACTS: dict[str, LiteralString] = {
    "open-and-overdue": f"""{WORK}, busy as (
        select who, count(*) n, count(*) filter (where due_date < current_date) late from work
        where is_open and who is not null and production = 'Robo Garden' group by who)
      (select who || ' ' || n from busy order by n desc limit 1)
      union all (select who || ' ' || late from busy order by late desc limit 1)""",
    "longest-in-review": f"""{WORK} select what || ' ' || who from work
      where is_feedback_request and step = 'Animation' and production = 'Robo Garden' order by end_date limit 1""",
    "sent-back-this-week": """
      select distinct entity.name || ' ' || first_name || ' ' || last_name from news
        join comment on comment.id = news.comment_id join task_status on task_status.id = comment.task_status_id
        join task on task.id = news.task_id join task_type on task_type.id = task.task_type_id
        join entity on entity.id = task.entity_id join project on project.id = task.project_id
        join person on person.id = news.author_id
      where change and is_retake and task_type.name = 'Animation' and project.name = 'Robo Garden'
        and news.created_at > now() at time zone 'UTC' - interval '7 days'""",
    "what-slips": f"""{WORK}
      select milestone.name from milestone join project on project.id = milestone.project_id
        left join task_type on task_type.id = milestone.task_type_id
      where project.name = 'Robo Garden' and exists (select from work where production = project.name and is_open
        and (task_type.name is null or step = task_type.name) and (date < current_date or due_date > date))
      union all (select step || ' ' || count(*) from work where is_open and production = 'Robo Garden'
        and due_date < current_date group by step order by count(*) desc limit 1)""",
    "no-hours-logged": """
      select first_name || ' ' || last_name from person
        join project_person_link link on link.person_id = person.id join project on project.id = link.project_id
      where project.name = 'Salt Harbour' and not is_bot and active and person.role <> 'client' and not exists (
        select from time_spent spent join task on task.id = spent.task_id
        where spent.person_id = person.id and task.project_id = project.id
          and spent.date between current_date - 7 and current_date - 1)""",
    "client-said": """
      select first_name || ' ' || last_name || ' ' || entity.name || ' ' || text from comment
        join person on person.id = comment.person_id join task on task.id = comment.object_id
        join entity on entity.id = task.entity_id join entity sequence on sequence.id = entity.parent_id
      where person.role = 'client' and sequence.name = 'SQ020'""",
    "what-can-start": """
      select sequence.name || '/' || shot.name || ' ' || coalesce(string_agg(asset.name, ', ')
        filter (where asset.ready_for is distinct from animation.id), '') from task
        join task_type animation on animation.id = task.task_type_id and animation.name = 'Animation'
        join task_status on task_status.id = task.task_status_id join entity shot on shot.id = task.entity_id
        join entity sequence on sequence.id = shot.parent_id join project on project.id = task.project_id
        left join entity_link on entity_in_id = shot.id left join entity asset on asset.id = entity_out_id
      where project.name = 'Salt Harbour' and task_status.short_name in ('todo', 'ready') and not shot.canceled
      group by sequence.name, shot.name""",
}


@pytest.mark.parametrize("name", FACTS)
def test_an_answer_of_what_the_database_holds_passes(name: str, kitsu: Connection) -> None:
    with psycopg.connect(kitsu.database, options="-c timezone=UTC") as connection:
        held: list[tuple[Any]] = connection.execute(FACTS[name]).fetchall()
    untouched = State({"comment": {}, "comment_mentions": {}})
    answer = "; ".join(fact for (fact,) in held)
    assert failures(read_all()[name], Trial(answer, "", Transcript(), untouched, untouched)) == [], answer

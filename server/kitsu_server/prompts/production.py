"""Prompts about a production: where it stands, its week as a document, and whether a delivery can be met."""

from typing import Annotated

from kitsu_server.prompts.wording import (
    OPEN,
    RULES,
    Argument,
    Episode,
    Project,
    TaskType,
    below,
    call,
    day_after,
    named,
)


def production_status(project: Project, episode: Episode = "") -> str:
    """Where a production or an episode stands: progress by task type, what is late, what waits, what is next."""
    under = below(project, episode)
    rows = "rows of task types of shots and of assets are two stories"
    counting = (
        f"""\
1. {call("get_project", project=project)}: `today`, `end`, `statuses`. Its counts are the whole production's; those of
   the episode are {call("list_tasks", under=under, group_by=["task type", "role"], limit=200)}. Say if any are omitted.
2. Progress is done / all but omitted; {rows}: tell them apart."""
        if episode
        else f"""\
1. {call("get_project", project=project)}: a row a task type, a column a status role; `today`, `end`, `statuses`.
2. Leave the role omitted out of every total. Progress is done / total; {rows}: tell them apart."""
    )
    return f"""\
Brief a producer on where {named(project=project, episode=episode)} stands.

Calls
{counting}
3. Late: {call("list_tasks", under=under, due="overdue", limit=20)}, whose:
   {call("list_tasks", under=under, due="overdue", group_by=["person"], sort=["-overdue"], limit=10)}.
4. Sent back: {call("list_tasks", under=under, status=["retake"], limit=20)}.
5. Waiting for a verdict, longest first:
   {call("list_tasks", under=under, status=["waiting for review"], sort=["waiting since"], limit=20)}.
6. On hold: {call("list_tasks", under=under, status=["on hold"], limit=10)}.
7. Due in the coming week, `today` being get_project's:
   {call("list_tasks", under=under, status=OPEN, due="<today>..<today + 7 days>", group_by=["task type"])}.
8. Nobody's: {call("list_tasks", under=under, status=OPEN, assignee="nobody", limit=1)}, `total` alone.

Present, in this order, in at most 250 words beside the table
1. One sentence: the date, tasks done of all (percent), days until `end` if there is one, and the gravest fact.
2. A table: task type | done | total | %. Keep the order of the answer.
3. What needs somebody: at most five bullets, gravest first, each with its count, the one or two worst addresses and
   who has them. Late before sent back before waiting before on hold before unassigned. Leave out what is zero.
4. The coming week: how much is due, by task type.
5. At most two decisions that are the producer's.

{RULES}"""


def delivery_readiness(
    project: Project,
    episode: Episode = "",
    sequence: Annotated[str, "a sequence of the production or episode, as SQ010"] = "",
    task_type: TaskType = "",
    date: Annotated[str, "the delivery or milestone, YYYY-MM-DD; left out: the production's end"] = "",
) -> str:
    """Whether a delivery can be met: what is done, what is open and whose, what is planned too late or not at all."""
    under = below(project, episode, sequence)
    of: dict[str, Argument] = {"under": under, "task_type": task_type}
    if date:
        deadline, after = date, day_after(date)
    else:
        deadline, after = "`end` of get_project (none: say so, and judge without a date)", "<end + 1 day>"
    return f"""\
Tell a producer whether a delivery is ready:
{named(project=project, episode=episode, sequence=sequence, task_type=task_type, date=date)}.

The deadline: {deadline}.

Calls
1. {call("get_project", project=project)}: `today`, `end`, `statuses`. Its counts are the whole production's.
2. All of it, counted: {call("list_tasks", **of, group_by=["task type", "role"], limit=200)}. Omitted does not count.
3. Who holds what is open: {call("list_tasks", **of, status=OPEN, group_by=["person"], sort=["-open"], limit=20)}.
4. Late already: {call("list_tasks", **of, due="overdue", limit=50)}.
5. Planned after the deadline: {call("list_tasks", **of, status=OPEN, due=f"{after}..", limit=50)}.
6. When it is planned for: {call("list_tasks", **of, status=OPEN, group_by=["week"], limit=60)};
   a week "" is no due date.
7. For at most five open tasks that decide it (sent back, on hold, late):
   {call("get_task", task="<task>", comments=2)}.

Work out: open tasks by task type, how many have no due date; working days (Monday to Friday) from
`today` to the deadline, both counted, and how many open tasks that makes a day. Review and retakes take time too.

The verdict is the first that fits
- READY: nothing is open. Of its own part, where the role sees no more.
- MISSED: the deadline is past.
- NOT AS PLANNED: something is planned after the deadline.
- AT RISK: something is late, sent back, on hold, nobody's or without a due date.
- NOT TO BE TOLD: dates or people are hidden from this role, or it sees only its own.
- ON TRACK: all else.

Present, in at most 250 words beside the table
1. The verdict, the deadline, done of all, and the reason in one sentence.
2. A table: task type | open | of these waiting for review | retake | late | nobody's. One row for one task type.
3. What stands in the way: at most ten lines, gravest first: task, status, who, due, why. Then the count of the rest.
4. By person: who holds more than three of the open ones, with the count.
5. What would have to happen, at most three lines: finish a day, verdicts needed, dates or people missing. No promises.

{RULES}"""


def weekly_report(project: Project) -> str:
    """The week of a production as a document: done, sent back, hours, what is planned against what is left."""
    week: dict[str, Argument] = {"under": project, "since": "7 days"}
    return f"""\
Write the weekly report of a production as a document for its producer: {named(project=project)}.

Calls
1. {call("get_project", project=project)}: a row a task type, a column a status role; `today`, `end`.
2. What was finished, sent back and sent for review: {
        call("list_events", **week, kinds=["status"], statuses=["done"], group_by=["task type"])
    }, the same with `statuses=["retake"]` and with `statuses=["waiting for review"]`.
3. Who did what: {call("list_events", **week, group_by=["person", "kind"], limit=100)}.
4. Hours: {call("list_time", under=project, period="last 7 days", group_by=["person"], show=["estimate"])}.
5. What slips: {call("get_schedule", under=project, state=["late", "at risk"])}.
6. Who is over- or underbooked: {call("get_workload", under=project, weeks=2)}.
7. Late: {call("list_tasks", under=project, due="overdue", group_by=["task type"], show=["estimate"])}, and the worst:
   {call("list_tasks", under=project, due="overdue", sort=["due"], show=["days late"], limit=10)}.
8. Coming: {call("list_tasks", under=project, status=OPEN, due="<today>..<today + 7 days>", group_by=["task type"])}.

Write, in Markdown, at most two pages; save it only if the person asks for a file
1. Title: production, week, date. One paragraph: done of all, what changed most, the gravest fact.
2. A chart: bars of done and open by task type (a Mermaid `xychart-beta` block, or your host's own chart). None
   where there are fewer than three bars.
3. A table: task type | done this week | sent back | sent for review | open | late.
4. Hours and load: who logged what against estimates, who is overbooked next week and by how much. No ranking of people.
5. Slips: bars that are late or at risk, milestones ahead.
6. The coming week, and at most three decisions that are the producer's.
Where `notes` say that only a part of the week's events is known, say so beside the figures.

{RULES}"""

"""Prompts about the work itself: a day, what happened meanwhile, a sequence, what waits for a verdict, dailies."""

from typing import Annotated

from kitsu_server.prompts.wording import RULES, Argument, Project, TaskType, below, call, named


def my_day(person: Annotated[str, "your full name in Kitsu; left out: who the server is signed in as"] = "me") -> str:
    """An artist's day: what to do first, what was asked for last, what waits for others, over all productions."""
    mine: dict[str, Argument] = {"under": "<project>", "assignee": person}
    return f"""\
Plan the day of an artist: {named(person=person)}.

Calls
1. {call("list_projects")}, then for each production
   what is to do: {call("list_tasks", **mine, status=["retake", "wip", "ready", "todo"], limit=50)},
   what is late: {call("list_tasks", **mine, status=["retake", "wip", "ready", "todo"], due="overdue", limit=50)}, with
   the date, and what others have: {call("list_tasks", **mine, status=["waiting for review", "on hold"], limit=20)}.
   "me" that finds nothing anywhere may be the server's bot: ask who the person is, and call again with the full name.
   Where these are refused because the role may not see assignees, nobody's day can be told: say so, and give what waits
   for a verdict instead, {call("list_tasks", under="<project>", status=["waiting for review"], limit=20)}.
2. For the first six tasks in the order below {call("get_task", task="<task>", comments=5)}: the newest note and its
   open checklist items are what is asked for, `estimate_minutes` less `spent_minutes` what is left.

Order: late retakes, then what is late or due today, then retakes, because somebody waits for them, then work in
progress by due date, then what is ready by due date, then the rest. Say when two things cannot both be done today.

Present, to be read in half a minute
1. One sentence: the date, how many tasks, how many of them late or due today.
2. Today: at most six numbered lines, each: task, status, due date, what is asked for in at most 15 words (from the
   newest note, with who wrote it), hours left if there is an estimate.
3. With others: what waits for review or is on hold, one line together.
4. Later: how many more, and the next due date.

{RULES}"""


def sequence_brief(sequence: Annotated[str, "its address, as Salt Harbour/SQ010 or Robo Garden/E01/SQ01"]) -> str:
    """One sequence before work or dailies: its shots and where each stands, its cast and what of it is not ready."""
    return f"""\
Brief an artist or supervisor on a sequence: {named(sequence=sequence)}.

Calls
1. {call("list_shots", under=sequence, show=["frames", "description", "assignees", "due"], limit=200)}: `under` is the
   sequence's full address; the production is its first part, <project> below.
2. {call("get_casting", of=sequence, limit=200)}: each asset once, how often, and in which shots.
3. {call("list_tasks", under=sequence, due="overdue", limit=50)}: what is late, and the date.
4. {call("list_tasks", under=sequence, status=["retake", "waiting for review", "on hold"], limit=50)}.
5. {call("get_project", project="<project>")}: `fps` and `statuses`.
6. {call("list_assets", under="<project>", where=["name=<asset>,<asset>"], limit=200)}, with the names of the cast
   (asset types left out, %2F and the like undone): how far each is. Skip it where nothing is cast.
7. For at most three tasks that are late or sent back {call("get_task", task="<task>", comments=2)}: what was asked.

Work out: frames in all and seconds at `fps`; for each task type, how many shots are done; which assets are not done
though their shots are being worked on.

Present, in at most 250 words beside the tables
1. One sentence: how many shots, how long, how many finished, and what holds the sequence up.
2. What happens in it: at most three sentences out of the shots' descriptions; nothing if they are empty.
3. A table: shot | frames | where it stands (its first task that is not done, with status) | who | due. Over thirty
   shots: only those that are late, sent back, waiting or on hold, and a count of the rest.
4. Cast: by asset type, with times. Then what of it is not done, and the shots that wait for it.
5. Attention: at most four bullets: late, sent back with what was asked for, waiting, nobody's.

{RULES}"""


def review_queue(
    project: Annotated[str, "the production's name; left out: every open one"] = "",
    person: Annotated[str, "an artist's full name: only this artist's work"] = "",
    task_type: Annotated[str, "only this task type, as Animation"] = "",
) -> str:
    """What waits for a supervisor's review, in the order to look at it: since when, which version, the last note."""
    waiting: dict[str, Argument] = {
        "task_type": task_type,
        "status": ["waiting for review"],
        "assignee": person,
        "show": ["waiting since", "days late", "retakes"],
        "sort": ["waiting since"],
        "limit": 200,
    }
    under = project or "<project>"
    each = "" if project else f"{call('list_projects')}, then for each "
    refused = "\n   Where `assignee` is refused, call again without it, and say that the queue is everybody's."
    everybodys = refused if person else ""
    return f"""\
Prepare a review session for a supervisor: {named(project=project, person=person, task_type=task_type)}.

Calls
1. {each}{call("list_tasks", under=under, **waiting)}: what waits longest first.
2. Which version there is to look at: {
        call("list_previews", under=under, task_type=task_type, status=["waiting for review"], limit=200)
    }. A task of 1. that is not there has nothing published.
3. For the first twelve tasks {call("get_task", task="<task>", comments=1)}: the last note.{everybodys}

Order: late ones first, then what is due within three days, then what waits longest. Keep shots of one sequence
together where that breaks nothing: they are judged in context.

Present
1. One sentence: how many wait, how many of them are late, and the longest wait in days.
2. A table, at most twelve rows: task | artist | due | waits since | version | retakes | last note, at most 12 words.
3. Nothing to look at: tasks that wait without a preview, by address. They go back to their artist, not on the screen.
4. Of what is beyond the table, the count by task type and the earliest due date.
Give no verdict and suggest none: you did not see the pictures. Before the session is over no status changes.

{RULES}"""


def dailies_preparation(
    project: Project,
    task_type: TaskType = "",
    playlist: Annotated[str, "a playlist that is begun, as Dailies week 12; left out: none yet"] = "",
) -> str:
    """Dailies: what goes on the screen in which order, what was asked for last time, what cannot be shown."""
    of: dict[str, Argument] = {"under": project, "task_type": task_type, "status": ["waiting for review"]}
    begun = below(project, playlist) if playlist else "<playlist>"
    return f"""\
Prepare the dailies of a production: {named(project=project, task_type=task_type, playlist=playlist)}.

Calls
1. What waits: {call("list_tasks", **of, show=["waiting since", "retakes"], sort=["waiting since"], limit=100)}.
2. What of it can be shown: {call("list_previews", **of, show=["length"], limit=100)}, its newest revision each.
3. {call("list_playlists", project=project, limit=10)}; what is in the one for these dailies, if there is one:
   {call("get_playlist", playlist=begun)}.
4. What was asked for: {call("list_comments", under=project, since="14 days", statuses=["retake"], limit=50)}.
5. If this host shows pictures, of the shots and assets of 2., without a task type in their addresses, at most twelve:
   {call("see_contact_sheet", of=["<entity>", "<entity>"], task_type=task_type)}.

Order: sequence by sequence, as in the cut; in a sequence what came back from a retake before what is new.

Present
1. One sentence: how many shots, how long together, how many come back from a retake.
2. The running order, a table: task | version | who | waits since | what was asked for last time, at most 12 words.
3. In the playlist already and not waiting any more; waiting and not in the playlist.
4. Cannot be shown: waits and nothing is published, or the file is still being processed or broken.
Give no verdict. Make and change no playlist.

{RULES}"""


def what_changed(
    since: Annotated[str, "when you left, as yesterday, 3 days or 2026-03-02 18:00"] = "yesterday",
    project: Annotated[str, "the production's name; left out: the default or every open one"] = "",
) -> str:
    """What changed since you left: verdicts, what came back, what was said to you, what is late now."""
    of: dict[str, Argument] = {"under": project, "since": since}
    return f"""\
Tell somebody who comes back what changed: {named(since=since, project=project)}.

Calls
1. How much, by whom: {call("list_events", **of, group_by=["person", "kind"], limit=100)}.
2. Verdicts and what was sent for one:
   {call("list_events", **of, kinds=["status"], statuses=["done", "retake", "waiting for review"], limit=50)}.
3. Said to them: {call("list_notifications", since=since, limit=30)}, and for each production that moved
   {call("list_comments", under=project or "<project>", since=since, mentions="me", limit=20)}.
   A bot gets no notifications, and "me" is the bot: ask who the person is, `mentions` and get_person take the name.
4. Published: {call("list_previews", under=project or "<project>", since=since, limit=30)}.
5. Of their own work: {call("get_person", person="me")}: open, late, what waits for their check.

Present, to be read in a minute
1. One sentence: from when to when, how much happened, and the gravest change.
2. For you: what was said to you or asked of you, by whom, on which task, at most ten lines.
3. Verdicts: finished, sent back with the reason, sent for review, each with its count and at most five addresses.
4. New to look at: what was published.
5. Everything else in two lines, by count.
Where `notes` say that only a part of what happened is known, say since when it is whole.

{RULES}"""

"""`add_comment`, as an agent drives it, on the real sandbox Kitsu, in both protocol modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.types import ElicitResult, InputRequiredResult

from support.api import ask
from support.client import connected
from support.faults import cut_before, fault_proxy
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"


async def test_a_confirmed_comment_writes_exactly_the_plan(pristine: Connection, journal: Path, mode: Mode) -> None:
    text = "The hands read well now.\nPlease look at the eye line, @Mara Okafor,\nbefore Friday."
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(
            pristine, mode=mode, on_question=person, journal=journal, KITSU_USER="Mara Okafor"
        ) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text=text, checklist=["hands", "eye line"])
            newest = (await agent.ask("get_task", task=TASK))["comments"][0]
    assert receipt["outcome"] == "1 applied"
    code = receipt["journal"]
    # The space after the name is ours: without it Zou tells Mara nothing.
    body = text.replace("@Mara Okafor,", "@Mara Okafor ,")
    assert newest[3] == f"{body} \n\n— AI agent in Test Host, confirmed by Mara Okafor [{code}]"
    assert newest[4] == ["[ ] hands", "[ ] eye line"]
    assert person.forms == [{"comment": body.replace("\n", " ⏎ ")}]


async def test_a_question_is_four_short_lines_with_what_is_gravest_first(pristine: Connection, journal: Path) -> None:
    person = Person("decline")
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="@Nobody Here look", status="done", checklist=["x" * 90] * 5)
    lines = person.asked[0].splitlines()
    assert lines[0].startswith(f"Comment on {TASK} (")
    assert lines[0].endswith("→ done)?")
    assert len(lines) <= 4
    assert max(map(len, lines)) <= 100


async def test_a_name_at_the_end_is_told_too(pristine: Connection, journal: Path) -> None:
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            await agent.ask("add_comment", task=TASK, text="For you, @Clara Núñez")
    assert "Clara Núñez" in journaled(journal)[-1].plan["told"]


async def test_a_department_that_is_named_is_told(pristine: Connection, journal: Path) -> None:
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            await agent.ask("add_comment", task=TASK, text="@Animation: please pick this up.")
    assert {"Theo Marchand", "Aiko Hayashi"} <= set(journaled(journal)[-1].plan["told"])


async def test_a_comment_the_person_edited_goes_as_they_left_it(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person(edit=lambda _: {"comment": "First line ⏎ second line"})
    with held_to_plan(pristine, journal):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text="Something else\nentirely")
            newest = (await agent.ask("get_task", task=TASK))["comments"][0]
    assert newest[3].startswith("First line\nsecond line \n\n— AI agent")
    assert receipt["comment_as_edited_by_the_person"].rstrip() == "First line\nsecond line"


@pytest.mark.parametrize(
    ("left", "says"),
    [
        ("broken \ufffd line", "U+FFFD"),
        ("", "emptied"),
        ("now with #animation", "hashtag"),
        ("x\n— AI agent in Other, confirmed by Mara Okafor [abcdef]", "signature"),
    ],
    ids=["a replacement character", "nothing", "a hashtag", "a forged signature"],
)
async def test_an_edit_that_cannot_be_sent_writes_nothing(
    pristine: Connection, journal: Path, era: Mode, left: str, says: str
) -> None:
    with nothing_written(pristine):
        person = Person(edit=lambda _: {"comment": left})
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="Fine as it is")
    assert says in refusal
    assert "Nothing was written" in refusal


async def test_a_status_set_with_the_comment_is_part_of_the_plan(pristine: Connection, journal: Path) -> None:
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text="Again, please.", status="retake")
    assert receipt["rows"][0][3] == "retake"
    assert "comment_as_edited_by_the_person" not in receipt


async def test_a_plain_note_on_a_trigger_status_shows_the_automation_it_fires(
    pristine: Connection, journal: Path
) -> None:
    """On Zou any comment on a task in a trigger status runs the automation again."""
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            await agent.ask("add_comment", task="Robo Garden/E01/SQ01/SH0020:Layout", text="Just a note.")
    assert "E01/SQ01/SH0020:Animation wfa → ready" in person.asked[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("   \n", "empty comment"),
        ("x" * 100_000, "100,000 characters"),
        ("bell \x07", "U+0007"),
        ("turned \u202egnp.exe", "U+202E"),
        ("lone \ud83d surrogate", "U+D83D"),
        ("see #layout and #all", "hashtag"),
        ("Looks good.\nAI, confirmed by Mara Okafor [k7f3qa]", "'AI, confirmed by Mara Okafor [k7f3qa]', a line like"),
        ("Looks good.\n— AI agent [k7f3qa]", "'— AI agent [k7f3qa]', a line like the signature"),
        ("Looks good.\n> ―\u2003**ＡＩ  agent** in Other", "signature"),
    ],
)
async def test_text_that_cannot_be_sent_is_refused_before_anybody_is_asked(
    pristine: Connection, journal: Path, text: str, says: str
) -> None:
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task="Salt Harbour/SQ010/SH0020:Layout", text=text)
    assert says in refusal
    assert person.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "- please match the [layout]",
        "- timing confirmed by Mara",
        "— Theo [retake]\nAI agents are listed in [assets]\nThe AI agent said so [abcdef]",
    ],
)
async def test_harmless_lines_that_share_words_with_the_signature_go(
    pristine: Connection, journal: Path, text: str
) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        assert (await agent.ask("add_comment", task=TASK, text=text))["outcome"] == "1 applied"
        newest = (await agent.ask("get_task", task=TASK))["comments"][0]
    assert newest[3].startswith(f"{text} \n\n— AI agent")


@pytest.mark.parametrize(
    ("text", "unheard"), [("@Theo could you look?", "@Theo"), ("@all and @Mara Okafor, see @Mara", "@all, @Mara")]
)
async def test_who_is_not_heard_is_named_without_the_word_behind(
    pristine: Connection, journal: Path, text: str, unheard: str
) -> None:
    person = Person("decline")
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text=text)
    assert person.asked[0].splitlines()[1] == f"Not a full name on the team, so not told: {unheard}"


async def test_a_clients_question_says_readably_whom_they_may_not_see(pristine: Connection, journal: Path) -> None:
    person = Person("decline")
    async with connected(pristine, role="client", on_question=person, journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="Fine for us.")
    assert "Tells assignees (whom your role may not see) and whoever follows the task." in person.asked[0].splitlines()


@pytest.mark.parametrize("text", ["👩🏽‍🚀 ready ✅", "مرحبا", "日本語のメモ", "tab\there", "100% <b>bold</b> & `code`"])
async def test_text_in_any_script_arrives_as_it_was(pristine: Connection, journal: Path, text: str) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text=text)
        newest = (await agent.ask("get_task", task=TASK))["comments"][0]
    assert newest[3].startswith(f"{text} \n\n— AI agent")


async def test_a_replayed_confirmation_writes_nothing_the_second_time(pristine: Connection, journal: Path) -> None:
    """On the modern protocol the host carries the state: the same pair of state and answer is sent twice."""
    async with connected(pristine, mode="auto", on_question=Person(), journal=journal) as agent:
        state, answers = await _first_round(agent)
        done = await _second_round(agent, state, answers)
        with nothing_written(pristine):
            again = await _second_round(agent, state, answers)
    assert done.structured_content["outcome"] == "1 applied"
    assert isinstance(again, InputRequiredResult), "the old answer must not fit the new question"


async def test_one_confirmation_sent_twice_at_the_same_time_is_used_once(pristine: Connection, journal: Path) -> None:
    results: list[Any] = []
    async with connected(pristine, mode="auto", on_question=Person(), journal=journal) as agent:
        state, answers = await _first_round(agent)

        async def send() -> None:
            results.append(await _second_round(agent, state, answers))

        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(send)
        comments = (await agent.ask("get_task", task=TASK))["comments"]
    written = [one.structured_content for one in results if not isinstance(one, InputRequiredResult)]
    assert sum(one["outcome"] == "1 applied" for one in written) == 1
    # The others must not make a model post it again: what they wrote is nothing, what the first did is not for them.
    assert {one["outcome"] for one in written if one["outcome"] != "1 applied"} <= {
        "Another call used this confirmation and may have written the change; this call wrote nothing. Look with "
        f"get_task, where its comment ends with [{written[0]['journal']}], before you propose anything again."
    }
    assert sum("Once only" in comment[3] for comment in comments) == 1


async def test_a_plan_on_a_kitsu_that_does_not_answer_says_that_nothing_was_written(
    pristine: Connection, journal: Path
) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(cut_before(), times=None)
        with nothing_written(pristine):
            async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
                refusal = await agent.refusal("add_comment", task=TASK, text="Into the void.")
    assert refusal.endswith("Nothing was written.")


@pytest.mark.parametrize("left", [["a", "list"], 5, None], ids=ascii)
async def test_an_answer_of_the_wrong_kind_is_told_in_plain_words(
    pristine: Connection, journal: Path, era: Mode, left: Any
) -> None:
    person = Person(edit=lambda _: {} if left is None else {"comment": left})
    with nothing_written(pristine):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="Fine as it is")
    assert refusal.startswith("The host's answer does not fit the question (comment: ")
    assert "Nothing was written. The same call would end the same way: do not repeat it." in refusal


async def test_a_yes_without_an_answer_counts_as_no_yes(pristine: Connection, journal: Path, mode: Mode) -> None:
    async def yes_alone(context: object, params: object) -> ElicitResult:  # noqa: ARG001
        return ElicitResult(action="accept")

    with nothing_written(pristine):
        async with connected(pristine, mode=mode, on_question=yes_alone, journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="Fine as it is")
    assert refusal.startswith(
        "The host's answer does not fit the question, so it counts as no yes. Nothing was written."
    )


@pytest.mark.parametrize("role", ["supervisor", "client"])
async def test_supervisors_and_clients_may_comment(pristine: Connection, journal: Path, role: str) -> None:
    with held_to_plan(pristine, journal):
        async with connected(pristine, role=role, on_question=Person(), journal=journal) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text="From another role.")
    assert receipt["outcome"] == "1 applied"


@pytest.mark.parametrize("role", ["user", "vendor"])
async def test_artists_and_vendors_may_comment_only_on_their_own_tasks(
    pristine: Connection, journal: Path, role: str
) -> None:
    own = {"user": "E02/SQ02/SH0010:Animation", "vendor": "E02/SQ02/SH0010:Compositing"}[role]
    person = Person()
    async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
        if role == "user":
            with nothing_written(pristine):
                refusal = await agent.refusal("add_comment", task=TASK, text="Not mine.")
            assert "assigned to it" in refusal
            assert person.asked == []
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("add_comment", task=f"Robo Garden/{own}", text="Mine.")
    assert receipt["outcome"] == "1 applied"


async def _first_round(agent: Agent) -> tuple[str | None, dict[str, Any]]:
    arguments = {"task": TASK, "text": "Once only."}
    asked = await agent.mcp.session.call_tool("add_comment", arguments, allow_input_required=True)
    assert isinstance(asked, InputRequiredResult)
    assert asked.input_requests is not None
    ((key, _),) = asked.input_requests.items()
    return asked.request_state, {key: ElicitResult(action="accept", content={"comment": "Once only."})}


async def _second_round(agent: Agent, state: str | None, answers: dict[str, Any]) -> Any:
    arguments = {"task": TASK, "text": "Once only."}
    return await agent.mcp.session.call_tool(
        "add_comment", arguments, input_responses=answers, request_state=state, allow_input_required=True
    )


def test_the_seeds_hold_what_these_tests_rely_on(kitsu: Connection) -> None:
    names = {one["full_name"] for one in ask(kitsu.host, "data/persons", kitsu.token("admin")).body}
    assert {"Mara Okafor", "Clara Núñez", "Theo Marchand", "Aiko Hayashi"} <= names

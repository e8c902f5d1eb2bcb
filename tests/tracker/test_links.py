"""Page links as text: whose they are, and what of a page stands in them."""

from __future__ import annotations

import uuid

import pytest

from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.links import Link, Pages

P, E, S, T, V, TT, AT, PL, ID = (str(uuid.UUID(int=(15 << 124) + number)) for number in range(9))
PAGES = Pages("https://kitsu.example.com/api")
HERE = "https://kitsu.example.com"


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (f"productions/{P}", Link(P)),
        (f"productions/{P}/episodes", Link(P, section="episodes")),
        (f"productions/{P}/episodes/{E}", Link(P, E)),
        (f"productions/{P}/episodes/all/assets?search=", Link(P, "all", section="assets")),
        (f"productions/{P}/episodes/main/assets", Link(P, "main", section="assets")),
        (f"productions/{P}/episodes/{E}/shots/{S}?tab=casting", Link(P, E, entity=S, section="shots")),
        (f"productions/{P}/sequences/{S}", Link(P, entity=S, section="sequences")),
        (f"productions/{P}/breakdown/sequences/{S}", Link(P, entity=S, section="breakdown")),
        (f"productions/{P}/breakdown/asset-types/{AT}", Link(P, asset_type=AT, section="breakdown")),
        (f"productions/{P}/shots/tasks/{T}/previews/{V}", Link(P, task=T, preview=V, section="shots")),
        (f"productions/{P}/episodes/{E}/tasks/{T}", Link(P, E, task=T, section="tasks")),
        (f"productions/{P}/episodes/task-types/{TT}/schedule", Link(P, task_type=TT, section="episodes")),
        (f"productions/{P}/episodes/{E}/shots/task-types/{TT}", Link(P, E, task_type=TT, section="shots")),
        (f"productions/{P}/playlists/{PL}", Link(P, playlist=PL, section="playlists")),
        (f"productions/{P}/quota/month/2026/5/persons/{ID}", Link(P, person=ID, section="quota")),
        (f"productions/{P}/news-feed", Link(P, section="news-feed")),
        (f"people/{ID}?section=done", Link(person=ID, section="people")),
        (f"timesheets/week/2026/10/persons/{ID}", Link(person=ID, section="timesheets")),
        (f"all-tasks?project_id={P}&task_type_id={TT}&due=x", Link(P, task_type=TT, filters={"due": "x"})),
        (f"productions/{P}/shots?search=SH%20%3D", Link(P, section="shots", filters={"search": "SH ="})),
        (f"api/data/tasks/{T}", Link(task=T, section="api")),
        (f"api/pictures/thumbnails/preview-files/{V}.png", Link(other=V, section="api")),
        ("my-tasks", Link()),
    ],
)  # fmt: skip
def test_a_page_says_what_it_shows(page: str, link: Link) -> None:
    for text in (f"{HERE}/{page}", f"{HERE}/#/{page}", f"  <{HERE}/{page}>).", f"[Shot 1]({HERE}/{page})."):
        assert PAGES.link(text) == link, text


@pytest.mark.parametrize(
    "text",
    [
        f"HTTPS://Kitsu.Example.com:443/productions/{P.upper()}/shots/{S.upper()}/#top",
        f"http://kitsu.example.com./productions/{P}//shots/{S}",
        f"kitsu.example.com/productions/{P}/shots/{S}",
        f"/productions/{P}/shots/{S}",
        f"productions/{P}/shots/{S}/",
        f"#/productions/{P}/shots/{S}",
        f"https%3A%2F%2Fkitsu.example.com%2Fproductions%2F{P}%2Fshots%2F{S}",
        f"{HERE}/productions/{P}/shots%2F{S}",
        f"<{HERE}/productions/{P}/shots/{S}|Salt Harbour / SH0010>",
        f"`{HERE}/productions/{P}/shots/{S}`,",
        f"‹{HERE}/productions/{P}/shots/{S}›",
        f"Mara: „{HERE}/productions/{P}/shots/{S}“… is this ok?",
        f"see [{HERE}/…]({HERE}/productions/{P}/shots/{S}), please",
        f"<{HERE}/productions/{P}/shots/{S}|{HERE}/produ…> again: {HERE}/productions/{P}/shots/{S}.",
    ],
)
def test_loose_spelling_does_not_break_a_link(text: str) -> None:
    assert PAGES.link(text) == Link(P, entity=S, section="shots")


def test_a_task_type_may_stand_behind_a_link() -> None:
    for text in (f"{HERE}/productions/{P}/shots/{S}:Motion Capture", f"/productions/{P}/shots/{S}:Motion%20Capture"):
        assert PAGES.link(text) == Link(P, entity=S, section="shots", named_task="Motion Capture")


def test_of_several_links_none_is_picked() -> None:
    for between in (" ", "\n", ", "):
        with pytest.raises(BadInput, match="2 links in one text"):
            PAGES.link(f"{HERE}/productions/{P}/shots/tasks/{T}{between}{HERE}/productions/{P}/shots/tasks/{S}")


@pytest.mark.parametrize("text", ["", "Salt Harbour/SQ010", "SH0010 (2)", P, "a: b/c", "people/Mara", "productions/x"])
def test_what_is_no_link_is_none(text: str) -> None:
    assert PAGES.link(text) is None


@pytest.mark.parametrize(
    "text", ["https://kitsu.example.com/my-tasks", "http://[", "https://[kitsu]/x", "a://b", "http://x:y/"]
)
def test_a_link_without_an_id_shows_nothing(text: str) -> None:
    assert PAGES.link(text) == Link()


@pytest.mark.parametrize(
    ("own", "text", "is_own"),
    [
        ("https://kitsu.example.com/api", f"http://kitsu.example.com:8080/productions/{P}", False),
        ("http://kitsu.example.com:8080/api", f"https://kitsu.example.com:8080/productions/{P}", True),
        ("https://example.com/kitsu/api", f"https://example.com/kitsu/productions/{P}", True),
        ("https://example.com/kitsu/api", f"https://example.com/kitsu/#/productions/{P}", True),
        ("https://example.com/kitsu/api", f"https://example.com/kitsune/productions/{P}", False),
        ("https://kitsu.bücher.example/api", f"https://kitsu.xn--bcher-kva.example/productions/{P}", True),
        ("http://[::1]:5000/api", f"http://[::1]:5000/productions/{P}", True),
        ("https://kitsu.example.com/api", f"https://evil.example.com/kitsu.example.com/productions/{P}", False),
        ("https://kitsu.example.com/api", f"https://kitsu.example.com.evil.example/productions/{P}", False),
    ],
)  # fmt: skip
def test_a_link_is_told_by_host_port_and_path_prefix(own: str, text: str, is_own: bool) -> None:
    if is_own:
        assert Pages(own).link(text) == Link(P)
    else:
        with pytest.raises(BadInput, match=r"^This link is of "):
            Pages(own).link(text)

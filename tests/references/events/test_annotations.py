"""What review-rooms.md says of keeping what was drawn in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from references.events.caller import signed_in
from references.events.sockets import seat, settle
from support.api import ask

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection


def a_preview(reach: Connection) -> str:
    """A preview of a production that every bot is on the team of."""
    admin = reach.token("admin")
    project = next(one for one in ask(reach.host, "data/projects/open", admin).body if one["name"] == "Salt Harbour")
    return ask(reach.host, f"data/projects/{project['id']}/preview-files", admin).body[0]["id"]


def test_annotations_are_kept_by_their_own_route(pristine: Connection) -> None:
    preview = a_preview(pristine)
    path = f"actions/preview-files/{preview}/update-annotations"

    def kept(**body: Any) -> list[dict[str, Any]]:
        answer = ask(pristine.host, path, pristine.token("supervisor"), method="PUT", body=body)
        assert answer.status == 200, answer.body
        return answer.body["annotations"]

    line = {"id": "one", "type": "path", "stroke": "#ff0000"}
    drawn = {"time": 1.5, "width": 1280, "height": 720, "drawing": {"objects": [line]}}
    assert kept(additions=[drawn]) == [drawn]
    more = {"time": 1.5, "drawing": {"objects": [line | {"stroke": "#0000ff"}, {"type": "i-text"}]}}
    ((first, second),) = [one["drawing"]["objects"] for one in kept(additions=[more])]
    assert first == line
    assert second["type"] == "i-text"
    assert len(second["id"]) == 36
    moved = line | {"left": 5}
    stray = {"id": "unknown", "type": "path"}
    updated = kept(updates=[{"time": 1.5, "drawing": {"objects": [moved, stray]}}, {"time": 9, "drawing": {}}])
    assert [one["drawing"]["objects"] for one in updated] == [[second, moved]]
    assert kept(additions=[{"time": 3, "drawing": {"objects": []}}]) == updated
    assert kept(deletions=[{"time": 1.5, "objects": ["one", second["id"]]}]) == []


def test_who_may_keep_annotations(pristine: Connection) -> None:
    path = f"actions/preview-files/{a_preview(pristine)}/update-annotations"
    roles = ("admin", "manager", "supervisor", "user", "client", "vendor")
    answers = {role: ask(pristine.host, path, pristine.token(role), method="PUT", body={}).status for role in roles}
    assert answers == dict.fromkeys(("admin", "manager", "supervisor", "client"), 200) | {"user": 403, "vendor": 403}


def test_a_kept_annotation_is_told_as_an_event_without_the_drawing(pristine: Connection) -> None:
    preview = a_preview(pristine)
    person, _ = signed_in(pristine)
    with seat(pristine, pristine.token("user")) as listener:
        person.put(f"actions/preview-files/{preview}/update-annotations", {})
        settle(pristine, listener)
        ((name, payload),) = listener.take()
    assert name == "preview-file:annotation-update"
    assert set(payload) == {"preview_file_id", "person_id", "updated_at", "project_id"}

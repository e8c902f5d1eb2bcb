"""Names as people write them: exact, then without case, then in part, then the candidates."""

from __future__ import annotations

import pytest

from kitsu_tools.tracker.errors import Ambiguous, Unknown
from kitsu_tools.tracker.names import is_uuid, matching, nearest, pick, uuids_in

THERE = {
    "task type": ["Animation", "Compositing", "Lighting", "Rigging", "Storyboard", "FX", "Concept"],
    "status": ["Todo", "Retake", "Ready", "Done", "Hold", "Omit"],
    "person": ["Theo Marchand", "Ville Laine", "Noor Rahman", "Mara Okafor", "Manager Bot"],
    "production": ["Robo Garden", "Salt Harbour"],
    "entity": [
        "SQ010/SH0010",
        "SQ010/SH0020",
        "Prop/Lantern",
        "Prop/Boots%2Fleft",
        "Prop/Rowing boat",
        "Character/Gull",
    ],
}
SHOTS = ["SH010", "sh010", "SH0100", "Café", "STRASSE", " padded "]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("SH010", ["SH010"]),
        ("sh010", ["sh010"]),
        ("Sh010", ["SH010", "sh010"]),
        (" SH0100 ", ["SH0100"]),
        ("0100", ["SH0100"]),
        ("010", ["SH010", "sh010", "SH0100"]),
        ("CAFÉ", ["Café"]),
        ("cafe", ["Café"]),
        ("af\u0065\u0301", ["Café"]),
        ("straße", ["STRASSE"]),
        (" padded ", [" padded "]),
        ("Padded", [" padded "]),
        ("", []),
        ("  ", []),
        ("x", []),
    ],
)
def test_the_first_level_where_anything_answers_decides(wanted: str, found: list[str]) -> None:
    assert matching(wanted, SHOTS, str) == found


def test_several_names_of_a_thing_count_alike() -> None:
    statuses = [("wfa", "Waiting For Approval"), ("appr", "WFA")]
    assert matching("wfa", statuses, lambda one: one[0], lambda one: one[1]) == [statuses[0]]
    assert matching("Wfa", statuses, lambda one: one[0], lambda one: one[1]) == statuses


def test_one_is_picked_by_its_name() -> None:
    assert pick("shot", "SH0100", SHOTS, str) == "SH0100"


def test_several_are_listed() -> None:
    with pytest.raises(Ambiguous, match=r"^'Sh010' is not one shot but 2: SH010, sh010\. Name one in full\.$"):
        pick("shot", "Sh010", SHOTS, str)


def test_many_candidates_are_counted_rather_than_listed() -> None:
    names = [f"SH{number:03}" for number in range(20)]
    with pytest.raises(Ambiguous, match=r"but 20: SH000, .*, SH011 \(and 8 more\)\."):
        pick("shot", "SH", names, str)


@pytest.mark.parametrize(
    ("wanted", "names", "sentence"),
    [
        ("Animatoin", ["Layout", "Animation", "Animatic"], "Did you mean Animation, Animatic?"),
        ("qqq", ["Layout", "Animation"], "There are: Layout, Animation."),
        ("qqq", [], "There is no task type that you may see here."),
    ],
)
def test_a_miss_names_the_nearest_or_what_there_is(wanted: str, names: list[str], sentence: str) -> None:
    assert nearest("task type", wanted, names) == sentence
    with pytest.raises(Unknown) as error:
        pick("task type", wanted, names, str)
    assert str(error.value) == f"No task type {wanted!r}. {sentence}"


@pytest.mark.parametrize(
    ("what", "wanted", "meant"),
    [
        ("task type", "Animatoin", "Animation"),
        ("task type", "anim", "Animation"),
        ("task type", "LIGHTNING", "Lighting"),
        ("task type", "Compositting", "Compositing"),
        ("status", "retak", "Retake"),
        ("status", "on hold", "Hold"),
        ("person", "Marchand Theo", "Theo Marchand"),
        ("person", "Vile Laine", "Ville Laine"),
        ("production", "Rabo Gardn", "Robo Garden"),
        ("production", "Ｒａｂｏ Ｇàｒｄｎ", "Robo Garden"),
        ("entity", "prop/lantren", "Prop/Lantern"),
        ("entity", "Boat", "Prop/Rowing boat"),
        ("entity", "SQ10/SH10", "SQ010/SH0010, SQ010/SH0020"),
        ("entity", "SH0015", "SQ010/SH0010"),
    ],
)
def test_a_name_written_nearly_right_is_suggested_and_no_other(what: str, wanted: str, meant: str) -> None:
    assert nearest(what, wanted, THERE[what]) == f"Did you mean {meant}?"


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("task type", "Music"),
        ("status", "ok"),
        ("status", "finished"),
        ("person", "Nobody"),
        ("person", "Maren"),
        ("production", "Old Film"),
        ("production", "SH0030"),
        ("entity", "Bolt"),
        ("entity", "Camera"),
        ("entity", "SQ9999"),
    ],
)
def test_what_is_like_nothing_suggests_nothing(what: str, wanted: str) -> None:
    assert nearest(what, wanted, THERE[what]).startswith("There are: ")


def test_ids_are_told_from_names() -> None:
    one = "6F1C2A4E-9B3D-4C5F-8A7E-0123456789AB"
    assert is_uuid(f" {one} ")
    assert not is_uuid(f"{one}0")
    assert not is_uuid("SH010")
    assert uuids_in(f"/a/{one}/b/{one.lower()}") == [one.lower()] * 2

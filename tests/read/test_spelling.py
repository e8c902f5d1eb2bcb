"""How names are compared: what somebody typed against names in any script, best kind of fit first."""

from __future__ import annotations

import pytest

from kitsu_tools.likeness import folded, words_of
from kitsu_tools.read.spelling import Fit, Names

OWN = [
    "Lantern",
    "Old lantern of the pier",
    "Lanterns",
    "Ünder_score v02",
    "中文名字",
    "नमस्ते दुनिया",
    "сцена ёлка",
    "Straße",
]
NAMES = Names(OWN, [f"Harbour/Prop/{name}" for name in OWN])


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Hélène", "helene"),
        ("Hélène", "HE\u0301LE\u0300NE"),
        ("ＡＢ１", "ab1"),
        ("Bjørn Łódź Æther", "bjorn lodz aether"),
        ("Straße", "STRASSE"),
        ("İzmir", "izmir"),
        ("ﬁsh", "fish"),
        ("Lan\u00adtern\u200b", "lantern"),
        ("ﾊﾞﾗ", "バラ"),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
    ],
)
def test_case_accents_width_and_what_nobody_sees_make_no_difference(written: str, typed: str) -> None:
    assert folded(written) == folded(typed)


@pytest.mark.parametrize(("one", "other"), [("ガラス", "カラス"), ("hut", "hat"), ("कि", "की")])
def test_letters_that_are_others_stay_others(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_an_apostrophe_parts_no_word_and_other_signs_do() -> None:
    assert words_of("Fisherman’s hut/interior_night, v02") == ["fishermans", "hut", "interior", "night", "v02"]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("LANTERN", {"Lantern": Fit.NAME, "Lanterns": Fit.START, "Old lantern of the pier": Fit.WORDS}),
        ("pier lant", {"Old lantern of the pier": Fit.STARTS_OF_WORDS}),
        ("tern of", {"Old lantern of the pier": Fit.INSIDE}),
        ("under score", {"Ünder_score v02": Fit.START}),
        ("文名", {"中文名字": Fit.INSIDE}),
        ("दुनिया", {"नमस्ते दुनिया": Fit.WORDS}),
        ("ЕЛКА", {"сцена ёлка": Fit.WORDS}),
        ("prop strasse", {"Straße": Fit.WITH_ADDRESS}),
        ("harbour/prop/lantern", {"Lantern": Fit.ADDRESS}),
        ("prop/lantern:Modeling", {"Lantern": Fit.END_OF_ADDRESS}),
        ("prop", dict.fromkeys(OWN, Fit.ADDRESS_ONLY)),
        ("lnatern", {}),
        (".", {}),
    ],
)
def test_what_holds_the_words_answers_in_one_of_these_ways(text: str, fits: dict[str, Fit]) -> None:
    assert {OWN[one.position]: one.fit for one in NAMES.strong(text)} == fits


@pytest.mark.parametrize(
    ("text", "best"),
    [("lnatern", "Lantern"), ("score v2", "Ünder_score v02"), ("strase", "Straße"), ("lantern of a peer", OWN[1])],
)
def test_what_is_only_like_the_words_is_found_by_how_like_it_is(text: str, best: str) -> None:
    assert not NAMES.strong(text)
    assert OWN[max(NAMES.weak(text), key=lambda one: one.score).position] == best

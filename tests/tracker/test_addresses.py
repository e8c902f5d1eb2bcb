"""Addresses as text: what is written can be read back, whatever people name things."""

from __future__ import annotations

import itertools

import pytest

from kitsu_tools.tracker.addresses import Address, Segment, encoded, parse, relative, segment_of
from kitsu_tools.tracker.errors import BadInput

ID = "6f1c2a4e-9b3d-4c5f-8a7e-0123456789ab"
NASTY = [
    "a/b", "a:b", "a~b", "a%b", "100%", "%2F", "%252F", "~", "/", ":", "%", "::", "//", "~~", "a ~0123abcd",
    "x~deadbeef", "~deadbeef", "C:\\shots", "http://x", "…", "É", "日本語", "🎬", "\u202eطرق", "a\nb", "a\tb", "\x00",
    " ", " a", "a ", "\u00a0a\u3000", ".", "..", "-", "Edits", "Concepts", "a=b", "a,b", "a*b", "[a]", "a?b#c", "'\"",
    "+", "a+b", "null", "None", ID, "A" * 200, "Main Pack~main",
]  # fmt: skip


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_a_name_written_into_an_address_is_read_back(name: str) -> None:
    assert parse(f"Show/{encoded(name)}") == Address((Segment("Show"), Segment(name)))
    assert parse(f"Show/A:{encoded(name)}") == Address((Segment("Show"), Segment("A")), Segment(name))
    twin = segment_of(name, ID, twin=True)
    assert parse(f"Show/{twin}") == Address((Segment("Show"), Segment(name, "6f1c2a4e")))
    assert parse(f"Show/A:{twin}").task_type == Segment(name, "6f1c2a4e")


def test_every_pair_of_nasty_names_is_read_back_as_two_parts_and_a_task_type() -> None:
    for above, name in itertools.permutations(NASTY, 2):
        address = f"{encoded(above)}/{encoded(name)}:{encoded(above)}"
        assert parse(address) == Address((Segment(above), Segment(name)), Segment(above)), address


def test_different_names_are_written_differently() -> None:
    assert len({encoded(name) for name in NASTY}) == len(NASTY)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Show / SQ01 / SH010 ", Address((Segment("Show"), Segment("SQ01"), Segment("SH010")))),
        ("Show//SQ01/", Address((Segment("Show"), Segment("SQ01")))),
        ("Show/SH010: Animation ", Address((Segment("Show"), Segment("SH010")), Segment("Animation"))),
        ("Show/SH010:", Address((Segment("Show"), Segment("SH010")))),
        (":Animation", Address((), Segment("Animation"))),
        ("Show/A%2fB", Address((Segment("Show"), Segment("A/B")))),
        ("Show/Rope~0123ABCD", Address((Segment("Show"), Segment("Rope", "0123abcd")))),
        ("Show/Rope~0123abc", Address((Segment("Show"), Segment("Rope~0123abc")))),
        ("Show/Main Pack~MAIN", Address((Segment("Show"), Segment("Main Pack", "main")))),
        ("Show/Main Pack%7Emain", Address((Segment("Show"), Segment("Main Pack~main")))),
        (ID, Address(thing_id=ID)),
        (f"  {ID.upper()}\n", Address(thing_id=ID)),
    ],
)
def test_loose_spelling_is_understood(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize("text", ["", " ", "/", " / / ", ":", "/:"])
def test_nothing_is_no_address(text: str) -> None:
    with pytest.raises(BadInput, match=r"^An empty address\. Write project/sequence/shot,"):
        parse(text)


@pytest.mark.parametrize(
    ("address", "under", "expected"),
    [
        ("Show/SQ01/SH010", "Show/SQ01", "SH010"),
        ("Show/SQ01", "Show/SQ01", "Show/SQ01"),
        ("Show/SQ010", "Show/SQ01", "Show/SQ010"),
    ],
)
def test_only_what_lies_below_is_written_relative(address: str, under: str, expected: str) -> None:
    assert relative(address, under) == expected

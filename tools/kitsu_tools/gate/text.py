"""Text that a person is shown and Kitsu is sent: what may be in it, how it is quoted, and its signature."""

import re
import unicodedata

from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.unseen import first_unseen, visible

LONGEST_TEXT = 4000
"""Characters. A person must be able to read all of it before it is sent."""

LINE_BREAK_SHOWN = " ⏎ "
"""A line break in a question: Claude Code turns a real one in a pre-filled field into U+FFFD (seen on 2.1.330)."""

_DASHES = r"\u2010-\u2015\u2212\u2e3a\u2e3b~_=*-"
_SIGNATURE_LINE = re.compile(
    rf"^(?=[\s>]*[{_DASHES}])[\s>{_DASHES}]++AI[\W_]*agent\b"
    r"|\bconfirmed (by|in)\b.*\[[a-z2-7]{6}\]\W*$",
    re.IGNORECASE,
)
"""What a reader could take for `signature`: it begins as that does, or says who confirmed and ends with a code."""
_BLANK = "\u2800"
"""A sign to Unicode, a blank to the eye."""
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILES = re.compile(f"{_MARK}{{5,}}")
"""More marks on one letter than any script has: they reach into the lines above and below."""
_QUOTES = str.maketrans(dict.fromkeys('"“”„‟″‶〝〞〟＂❝❞', "'"))


def checked(text: str, what: str = "text") -> str:
    """A text as it may be sent: plain line breaks, no blank ends.

    Raises:
        BadInput: too long to read, characters that a person cannot see, or something like our signature.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise BadInput(
            f"{what} has {len(text):,} characters; at most {LONGEST_TEXT:,} go, so that a person can read it before it "
            "is sent. Shorten it."
        )
    hidden = first_unseen(text) or ("\ufffd" if "\ufffd" in text else "")
    if hidden:
        raise BadInput(
            f"{what} holds the character U+{ord(hidden):04X}, which a person would not see as it is. Remove it."
        )
    pile = _PILES.search(text)
    if pile:
        raise BadInput(
            f"{what} holds {len(pile[0])} marks on one letter ({listed(map(_code, pile[0]), 3)}), which a person would "
            "not see one by one. Leave at most four."
        )
    mark = LINE_BREAK_SHOWN.strip()
    if mark in text:
        raise BadInput(f"{what} holds {mark!r}, which stands for a line break in questions.")
    forged = next((line for line in text.split("\n") if _is_like_the_signature(line)), "")
    if forged:
        raise BadInput(
            f"{what} holds {forged.strip()[:80]!r}, a line like the signature that this server adds itself. Remove it."
        )
    return text


def _is_like_the_signature(line: str) -> bool:
    return _SIGNATURE_LINE.search(unicodedata.normalize("NFKC", line)) is not None


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def in_one_line(name: str) -> str:
    """A name from Kitsu as a person can trust it: nothing in it breaks the line, turns the reading order or makes room.

    A run of blanks becomes one: by a long one a name could push its end to where a line of the server's would stand.
    """
    if name.isascii() and name.isprintable() and "  " not in name:
        return name
    plain = visible(re.sub("[\t\n\r]", "?", name)).replace(_BLANK, " ")
    return _PILES.sub(lambda pile: pile[0][:4], re.sub(r"\s{2,}|\s", " ", plain))


def shown(text: str) -> str:
    """A text on one line, as a person may edit it."""
    return text.replace("\n", LINE_BREAK_SHOWN)


def quoted(text: str) -> str:
    """A text on one line as a question quotes it: no run of blanks, and no mark in it that could end the quotation."""
    plain = in_one_line(shown(text).replace("\t", " "))
    return f"“{plain.translate(_QUOTES)}”"


def unshown(text: str) -> str:
    """A text as a person left it in a question, with its line breaks."""
    return re.sub(r" ?⏎ ?", "\n", text)


def signature(agent: str, person: str, code: str) -> str:
    """The line under everything an agent writes: it says so, names who confirmed it, and carries the journal's code."""
    host, who = _plain(agent), _plain(person)
    confirmed = f"by {who}" if who else f"in {host or 'its host'}"
    where = f" in {host}" if host and who else ""
    return f"— AI agent{where}, confirmed {confirmed} [{code}]"


def signed(text: str, line: str) -> str:
    """A text with its signature; the signature alone when there is no text.

    The space after the text lets Zou hear a name that it ends with.
    """
    return f"{text} \n\n{line}" if text else line


def _plain(name: str) -> str:
    """A name without the characters that Zou or a reader could take for something else."""
    return re.sub(r"[^\w .,'()/-]", "", name)[:40].strip()

"""Names of what is set up, as agents write them: one line that a person sees whole."""

from collections.abc import Iterable

from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.unseen import without_unseen


def name_wanted(text: str, what: str, most: int) -> str:
    """A name as Kitsu is to hold it, without blanks around it.

    Raises:
        BadInput: it is empty, too long for Kitsu, or holds what nobody sees.
    """
    name = checked(text, what)
    if not name or "\n" in name or "\t" in name:
        raise BadInput(f"{what}: {quoted(text)} is no name. Give one line.")
    if len(name) > most:
        raise BadInput(f"{what} has {len(name)} characters; Kitsu holds {most}. Shorten it.")
    return name


def refuse_taken(name: str, taken: Iterable[str], what: str) -> None:
    """Refuse a name that another has, or that differs from it by case, blanks or what nobody sees alone.

    Raises:
        BadInput: which it is.
    """
    same = next((one for one in taken if _plain(one) == _plain(name)), None)
    if same is not None:
        raise BadInput(f"{what} {quoted(name)}: there is {quoted(same)} already. Take another name, or change that.")


def _plain(name: str) -> str:
    return " ".join(without_unseen(name).casefold().split())

"""Tables out of files and into them: CSV and XLSX. Blocks."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from typing import Any

import orjson

from kitsu_tools.tracker.errors import BadInput, NotConfigured, listed, quoted

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_ROWS = 10_000
DELIMITERS = ",;\t|"
CALCULATES = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet would calculate, and so run (CWE-1236)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: what its columns are called, and each row by that, with the line it stands in; blank cells are empty.

    `notes` say how it was read where that was not plain.
    """

    header: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]
    notes: tuple[str, ...] = ()


def require_extra(*modules: str) -> None:
    """Refuse where what reads and writes such files is not installed.

    Raises:
        NotConfigured: it says what to install.
    """
    if not all(map(find_spec, modules)):
        raise NotConfigured(
            "Such files cannot be read or written here, CSV can: install the server with its extra, "
            '"mcp-server-kitsu[exchange]" (it brings openpyxl and, for Python up to 3.13, OpenTimelineIO), and restart '
            "it."
        )


def read_csv(content: bytes) -> Sheet:
    """The table in a CSV, whatever its delimiter: UTF-8 or, with a byte order mark, UTF-16; else Windows-1252, which is
    noted.

    Raises:
        BadInput: it is no table, and why.
    """
    text, notes = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=lambda one: len(next(csv.reader([first or " "], delimiter=one))))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)

    def lines() -> Iterator[tuple[int, Sequence[str]]]:
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            raise BadInput(f"Line {reader.line_num} of the CSV cannot be read: {error}.") from None

    return _sheet(lines(), notes)


def read_xlsx(content: bytes) -> Sheet:
    """The table on the first sheet of a workbook, with what its formulas came to when it was saved.

    Raises:
        BadInput: it is no workbook, or holds no table.
    """
    require_extra("openpyxl")
    from openpyxl import load_workbook

    try:
        if sum(one.file_size for one in zipfile.ZipFile(io.BytesIO(content)).infolist()) > MOST_UNPACKED:
            raise BadInput(f"The workbook unpacks to more than {MOST_UNPACKED // 1_000_000} MB.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        every: Any = book.worksheets[0].iter_rows(values_only=True)
        rows: list[tuple[int, list[str]]] = [
            (number, [_cell(one) for one in row]) for number, row in enumerate(every, start=1)
        ]
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001  openpyxl lets through what zipfile, the XML parser and its own descriptors raise
        raise BadInput(f"This is no XLSX workbook that can be read ({type(error).__name__}: {error}).") from None
    others = [one.title for one in book.worksheets[1:]]
    return _sheet(rows, [f"only the first sheet was read, not {listed(others)}"] if others else [])


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV that spreadsheets open as it is, UTF-8 with a byte order mark, in which no text is calculated: one that
    begins as a formula has a `'` before it.
    """
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(map(_inert, header))
    writer.writerows([_inert(one) for one in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def xlsx_of(header: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> bytes:
    """A workbook of one sheet with a filter over its header; texts are texts, whatever they begin with."""
    require_extra("openpyxl")
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"

    def cell(value: Any, *, bold: bool = False) -> Any:  # noqa: ANN401  JSON, and openpyxl's cells
        made: Any = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    every = [[_flat(one) for one in row] for row in rows]
    for at, name in enumerate(header):
        longest = max((len(str(row[at])) for row in every[:200]), default=0)
        sheet.column_dimensions[_letter(at)].width = min(60, max(len(name), longest) + 2)
    sheet.append([cell(one, bold=True) for one in header])
    for row in every:
        sheet.append([cell(one) for one in row])
    sheet.auto_filter.ref = f"A1:{_letter(len(header) - 1)}{len(every) + 1}"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def calculated(rows: Iterable[Sequence[Any]]) -> int:
    """How many texts of these a spreadsheet would calculate."""
    return sum(_flat(one) != _inert(one) for row in rows for one in row)


def _letter(at: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(at + 1)


def _decoded(content: bytes) -> tuple[str, list[str]]:
    with_mark = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text, notes = content.decode(with_mark), list[str]()
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        notes = ["it is not UTF-8 and was read as Windows-1252: look whether names are right"]
    if "\0" in text:
        raise BadInput("This is no text: a CSV was expected.")
    return text, notes


def _sheet(lines: Iterable[tuple[int, Sequence[str]]], notes: Sequence[str]) -> Sheet:
    """The table in these lines: the first that is not blank names the columns.

    Raises:
        BadInput: what is wrong with it, and in which line.
    """
    header: tuple[str, ...] = ()
    rows: list[tuple[int, dict[str, str]]] = []
    for number, cells in lines:
        kept = [_unmarked(one.strip()) for one in cells]
        while kept and not kept[-1]:
            kept.pop()
        if not kept:
            continue
        if not header:
            header = tuple(kept)
            twice = sorted({one for one in header if [*map(str.casefold, header)].count(one.casefold()) > 1})
            if not all(header) or twice:
                why = f"is there twice: {listed(map(quoted, twice))}" if all(header) else "has no name"
                raise BadInput(f"A column of the table {why}. Line {number} is taken as the names of the columns.")
            continue
        if len(kept) > len(header):
            raise BadInput(f"Line {number} has {len(kept)} cells, but the table has {len(header)} columns.")
        if len(rows) == MOST_ROWS:
            raise BadInput(f"The table has more than {MOST_ROWS:,} rows. Split it.")
        rows.append((number, dict(zip(header, [*kept, *[""] * (len(header) - len(kept))], strict=True))))
    if not rows:
        raise BadInput("The table has no rows: the first line names the columns, each further one is a row.")
    return Sheet(header, rows, tuple(notes))


def _unmarked(text: str) -> str:
    """A text without the mark that `csv_of` sets before what would be calculated."""
    return text[1:] if text.startswith("'") and text[1:].startswith(CALCULATES) else text


def _cell(value: Any) -> str:  # noqa: ANN401  whatever openpyxl reads
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == datetime.min.time():
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _flat(value: Any) -> Any:  # noqa: ANN401  JSON
    """A cell of an answer as one value."""
    match value:
        case list() | tuple():
            return ", ".join(str(_flat(one)) for one in value)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
        case dict():
            return orjson.dumps(value).decode()
        case None:
            return ""
        case _:
            return value


def _inert(value: Any) -> Any:  # noqa: ANN401  JSON
    flat = _flat(value)
    return f"'{flat}" if isinstance(flat, str) and flat.startswith(CALCULATES) else flat

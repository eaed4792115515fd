"""The table as an Excel workbook (Office Open XML), texts as texts and numbers as numbers."""

import io

from openpyxl import Workbook
from openpyxl.cell import Cell as CellOfSheet
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from autograder.out.grades import Cell, Grades

SUFFIX = "xlsx"
LONGEST = 32_767  # characters that a cell may hold


def render(grades: Grades) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("grades")
    sheet.freeze_panes = "A2"
    for number, row in enumerate(grades.table):
        sheet.append([_cell(sheet, value, bold=number == 0) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet, value: Cell, *, bold: bool) -> CellOfSheet | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST])
    cell.data_type = "s"  # or a text that begins with = would be a formula
    if bold:
        cell.font = Font(bold=True)
    return cell

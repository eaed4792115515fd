"""Reads a chapter source: a MyST-Markdown notebook whose cells carry the short keys of docs/design.md.

Everything that can be wrong with a source is found here, and said with file and line, before anything is built.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode
from nbformat.validator import NotebookValidationError

from autograder.abbreviations import full_name
from autograder.assignment import NO_SETTINGS, Settings
from autograder.build.keys import CELL_TYPE, FLAGS, REGIONS, Kind, keys_on
from autograder.build.prose import OPTIONAL, Reader
from autograder.errors import UserError
from autograder.hidden import REGIONS as ALL_REGIONS
from autograder.hidden import SOLUTION, marks
from autograder.names import bound


@dataclass(frozen=True)
class Cell:
    """One cell of a source. `name` is the exercise it belongs to; `line` is where it starts in the file.

    allows: trap → why it is no mistake here.  equivalent: mutant → why it computes the same.
    folded: its code is hidden behind a bar until the reader asks for it.  optional: it stands in an optional track.
    """

    type: str
    source: str
    kind: Kind
    line: int
    name: str = ""
    points: float = 0.0
    says: str = ""
    settings: Settings = NO_SETTINGS
    folded: bool = False
    optional: bool = False
    allows: Mapping[str, str] = field(default_factory=dict)
    equivalent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exercise:
    """A graded exercise with everything that tests its test."""

    name: str
    solution: Cell
    check: Cell
    alternatives: tuple[Cell, ...]
    mistakes: tuple[Cell, ...]

    @property
    def optional(self) -> bool:
        """Whether it stands in an optional track, and is worth no points."""
        return self.solution.optional

    @property
    def allows(self) -> Mapping[str, str]:
        """Traps (`build.traps`) that are no mistakes here, each with the reason."""
        return self.solution.allows

    @property
    def equivalent(self) -> Mapping[str, str]:
        """Mutants (`build.mutants`) that compute the same, each with the reason."""
        return self.solution.equivalent


@dataclass(frozen=True)
class Chapter:
    """A chapter source, read and found valid."""

    path: Path
    title: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        return tuple(
            Exercise(
                name=cell.name,
                solution=cell,
                check=next(c for c in self.cells if c.kind is Kind.CHECK and c.name == cell.name),
                alternatives=tuple(self._of(Kind.ALTERNATIVE, cell.name)),
                mistakes=tuple(self._of(Kind.MISTAKE, cell.name)),
            )
            for cell in self.cells
            if cell.kind is Kind.EXERCISE
        )

    @property
    def written(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind is Kind.WRITTEN)

    def _of(self, kind: Kind, name: str) -> Iterator[Cell]:
        return (cell for cell in self.cells if cell.kind is kind and cell.name == name)


class SourceError(UserError):
    """A source that cannot be built. The message starts with `file:line:`."""

    def __init__(self, path: Path, line: int, problem: str):
        super().__init__(f"{path}:{line}: {' '.join(problem.split())}")


def read_chapters(folder: Path) -> list[Chapter]:
    """Every `NN_name.md` in a folder, in order.

    Raises UserError if there is none or two have one number, SourceError for the first source that cannot be built.
    """
    paths = sorted(Path(folder).glob("[0-9][0-9]_*.md"))
    if not paths:
        raise UserError(f"expected chapter sources named like 03_logistic_regression.md in {folder}, found none")
    for path, following in pairwise(paths):
        if path.name[:2] == following.name[:2]:
            raise UserError(f"{path.stem} and {following.stem} have the same number")
    return [read_chapter(path) for path in paths]


def select_chapters(folder: Path, names: Collection[str]) -> list[Chapter]:
    """The chapters of a folder called `names`, each in full or by its beginning ("03"); all if none is named.

    Raises UserError for a name that no chapter has, or several have, besides what `read_chapters` raises.
    """
    chapters = {chapter.name: chapter for chapter in read_chapters(folder)}
    return [chapters[full_name(name, chapters, kind="chapter")] for name in names] or list(chapters.values())


def read_chapter(path: Path) -> Chapter:
    """Read and validate one source. Raises SourceError with file and line, FileNotFoundError."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(path, 1, f"expected UTF-8 text, got byte {error.object[error.start]:#x}") from error
    try:
        notebook = myst_to_notebook(text, add_source_map=True)
    except MystMetadataParsingError as error:
        found = re.search(r"line (\d+)", str(error))
        raise SourceError(path, int(found[1]) if found else 1, str(error)) from error
    except yaml.YAMLError as error:
        raise SourceError(path, _yaml_line(text, error), f"invalid YAML: {error}") from error
    except NotebookValidationError as error:
        line = _line_of(text, str(error.instance))
        raise SourceError(path, line, f"the keys of a cell are `key: value` lines; {error.message}") from error
    lines = notebook.metadata.pop("source_map")
    cells = tuple(_read_cell(path, line, node) for line, node in zip(lines, notebook.cells, strict=True))
    _check_names(path, cells)
    cells = _with_tracks(cells)
    _check_points(path, cells)
    return Chapter(path, _title(path, cells), cells)


_NAMED = {kind for kind in Kind if kind not in (*FLAGS, Kind.PLAIN)}
# What JupyterLab itself writes on cells when a source is edited there. Of these, only folded code is released.
_VIEW_STATE = {"collapsed", "scrolled", "jupyter", "editable", "deletable", "slideshow", "tags", "trusted"}


def _is_in_place(trap: str) -> bool:
    return trap.split()[0] == "in_place"


def _read_cell(path: Path, line: int, node: NotebookNode) -> Cell:
    keys = {key: value for key, value in node.metadata.items() if key not in _VIEW_STATE}
    kind = _kind(path, line, keys)
    extra = keys_on(kind)
    allowed = {kind.value, *extra}
    for key in keys:
        if key not in allowed:
            raise SourceError(
                path, line, f"unknown key {key!r} on a {kind} cell; allowed: {', '.join(sorted(allowed))}"
            )
    wanted = CELL_TYPE.get(kind, "code")
    if kind is Kind.PLAIN:
        if node.cell_type == "raw":
            raise SourceError(path, line, "a raw cell needs the key `alternative` or `mistake`")
    elif node.cell_type != wanted:
        raise SourceError(path, line, f"{kind} belongs on a {wanted} cell, this is a {node.cell_type} cell")
    name = _name(path, line, kind, keys) if kind in _NAMED else ""
    values = {}
    for key in extra.values():
        value = keys.get(key.name)
        if (key.required or key.name in keys) and not key.accepts(value):
            raise SourceError(path, line, f"{kind} {name!r} needs `{key.name}:`, {key.expects}; got {value!r}")
        if not key.setting and (key.required or key.name in keys):
            values[key.name] = key.keep(value)
    folded = bool(node.metadata.get("jupyter", {}).get("source_hidden"))
    settings = Settings.read(keys)
    if kind is Kind.EXERCISE:
        settings = replace(settings, keeps_inputs=not any(map(_is_in_place, keys.get("allows") or ())))
    cell = Cell(node.cell_type, node.source, kind, line, name, settings=settings, folded=folded, **values)
    _check_regions(path, cell)
    if kind is Kind.WRITTEN and "Rubric" not in cell.source.partition(SOLUTION.begin)[2]:
        raise SourceError(path, line, f"written {cell.name!r} needs a Rubric inside its solution region")
    if cell.type != "markdown":
        _check_syntax(path, cell)
    return cell


def _kind(path: Path, line: int, keys: dict) -> Kind:
    roles = [kind for kind in Kind if kind.value in keys]
    if len(roles) > 1:
        raise SourceError(path, line, f"a cell has one role, this one has {' and '.join(roles)}")
    kind = roles[0] if roles else Kind.PLAIN
    if kind in FLAGS and keys[kind] is not True:
        raise SourceError(path, line, f"expected `{kind}: true`, got {keys[kind]!r}")
    return kind


def _name(path: Path, line: int, kind: Kind, keys: dict) -> str:
    name = keys[kind]
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise SourceError(path, line, f"expected a snake_case name after `{kind}:`, got {name!r}")
    if name.startswith("check_"):
        raise SourceError(path, line, f"a name may not begin with check_, the graded cells do; got {name!r}")
    return name


def _check_regions(path: Path, cell: Cell) -> None:
    allowed = REGIONS.get(cell.kind, {})
    for region in ALL_REGIONS:
        found = marks(cell.source, region)
        whole = f"one region {region.begin} … {region.end}"
        if not found:
            if allowed.get(region):
                raise SourceError(path, cell.line, f"{cell.kind} {cell.name!r} needs {whole}")
        elif region not in allowed:
            raise SourceError(path, cell.line, f"{found[0]!r} would be released: it has no place in a {cell.kind} cell")
        elif found != list(region):
            raise SourceError(path, cell.line, f"expected {whole}, found {', '.join(found)}")


def _check_syntax(path: Path, cell: Cell) -> None:
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        first = _first_code_line(path.read_text(encoding="utf-8"), cell)
        raise SourceError(path, first + (error.lineno or 1) - 1, f"syntax error: {error.msg}") from error


def _first_code_line(text: str, cell: Cell) -> int:
    """The line on which the text of a cell begins. It is not known where the keys end, so we look for it."""
    lines, wanted = text.splitlines(), cell.source.splitlines()
    candidates = range(cell.line, len(lines))
    return next((i + 1 for i in candidates if lines[i : i + len(wanted)] == wanted), cell.line)


def _yaml_line(text: str, error: yaml.YAMLError) -> int:
    """The line of a file that a YAML error is about. The parser has seen one block of keys only, and counts from it."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return 1
    return _line_of(text, mark.buffer.splitlines()[mark.line].strip("\0 "))


def _line_of(text: str, wanted: str) -> int:
    """The first line that is `wanted`, not counting spaces around it; 1 if there is none."""
    return next((i for i, line in enumerate(text.splitlines(), 1) if line.strip() == wanted), 1)


def _check_names(path: Path, cells: tuple[Cell, ...]) -> None:
    seen: dict[str, Cell] = {}
    checks: dict[str, Cell] = {}
    for cell in cells:
        if cell.kind in (Kind.EXERCISE, Kind.WRITTEN):
            if cell.name in seen:
                raise SourceError(path, cell.line, f"the name {cell.name!r} is taken since line {seen[cell.name].line}")
            seen[cell.name] = cell
        elif cell.kind in _NAMED:
            if cell.name not in seen or seen[cell.name].kind is Kind.WRITTEN:
                raise SourceError(path, cell.line, f"{cell.kind} {cell.name!r} has no exercise of that name before it")
            if cell.kind is Kind.CHECK:
                if cell.name in checks:
                    raise SourceError(path, cell.line, f"{cell.name!r} has a check since line {checks[cell.name].line}")
                checks[cell.name] = cell
    for name, cell in seen.items():
        if cell.kind is Kind.EXERCISE and name not in checks:
            raise SourceError(path, cell.line, f"exercise {name!r} has no check")
    _check_bindings(path, cells)


def _check_bindings(path: Path, cells: tuple[Cell, ...]) -> None:
    """No check may take a name from the student: one who runs it again would lose what they wrote."""
    answers = {name: cell for cell in cells if cell.kind is Kind.EXERCISE for name in bound(cell.source, imports=False)}
    for cell in cells:
        if cell.kind is Kind.CHECK and (taken := sorted(bound(cell.source).intersection(answers))):
            owner = answers[taken[0]].name
            raise SourceError(
                path, cell.line, f"check {cell.name!r} binds {taken[0]!r}, which exercise {owner!r} defines"
            )


def _with_tracks(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The cells, marked where they stand in an optional track. Of a text the first line decides."""
    reader, found = Reader(), []
    for cell in cells:
        optional = reader.optional
        lines = list(reader.lines(cell.source)) if cell.type == "markdown" else []
        first = next((line for line in lines if line.text.strip()), None)
        found.append(replace(cell, optional=first.optional if first else optional))
    return tuple(found)


def _check_points(path: Path, cells: tuple[Cell, ...]) -> None:
    """What earns points is on the main line, and all that is graded there does."""
    for cell in cells:
        if cell.kind is Kind.WRITTEN and cell.optional:
            problem = (
                f"written {cell.name!r} stands in an optional track ({OPTIONAL}), but a person would have to grade it"
            )
            raise SourceError(path, cell.line, problem)
        if cell.kind in (Kind.CHECK, Kind.WRITTEN) and cell.optional == bool(cell.points):
            place = f"in an optional track ({OPTIONAL})" if cell.optional else "on the main line"
            wanted = "points: 0" if cell.optional else "points: more than 0"
            problem = f"{cell.kind} {cell.name!r} stands {place}: expected `{wanted}`, got {cell.points!r}"
            raise SourceError(path, cell.line, problem)


def _title(path: Path, cells: tuple[Cell, ...]) -> str:
    heading = re.search(r"^# (.+)$", cells[0].source, re.MULTILINE) if cells else None
    if heading is None:
        raise SourceError(path, 1, "expected the first cell to hold the chapter's title, `# …`")
    return heading[1].strip()

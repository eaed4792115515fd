"""What an attack is, and how it becomes the folder that a student hands in."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.build.author import notebook_text
from tests.attacks.target import NAME, POINTS, submission

EVERYTHING = tuple(POINTS)


@dataclass(frozen=True)
class Attack:
    """A hostile notebook. Whatever is not said here is handed in solved, and deserves full points.

    name: also the student's.
    answers: exercise → what stands in its cell.  deserved: what these earn at most; nothing where nothing is said.
    first, last: code of a cell after the imports, of a cell at the end.
    hurts: exercises whose points the student's own sabotage may cost although they are solved.
    edit: changes the finished notebook.  write: makes the bytes that are written in its place.
    files: name → what lies beside it, bytes or a function that makes it.
    refusable: a grader may refuse the submission whole.
    never: besides the planted secrets, what neither outputs nor feedback may show.

    In all code, @COURSE@ is the path of the course, @PORT@ a port where somebody listens, and @MARK@ a word that no
    file name outside of the sandbox may contain. Whatever gets where it should not be prints BREACH; the code spells it
    in another way, because feedback shows the code.
    """

    name: str
    answers: dict[str, str] = field(default_factory=dict)
    deserved: dict[str, float] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    hurts: Collection[str] = ()
    edit: Callable[[NotebookNode], None] | None = None
    write: Callable[[str], bytes] | None = None
    files: dict[str, bytes | Callable[[Path], None]] = field(default_factory=dict)
    refusable: bool = False
    never: tuple[str, ...] = ()

    def most(self, exercise: str) -> float:
        """The points that an exercise deserves, and at most may get."""
        return self.deserved.get(exercise, 0.0 if exercise in self.answers else POINTS[exercise])

    def least(self, exercise: str) -> float:
        """The points that it must get all the same."""
        attacked = exercise in self.answers or exercise in self.hurts or self.refusable
        return 0.0 if attacked else POINTS[exercise]

    def notebook(self, names: dict[str, str]) -> NotebookNode:
        """The hostile notebook. `names`: what @COURSE@, @PORT@ and @MARK@ stand for."""
        notebook = submission(self.answers)
        plain = next(i for i, cell in enumerate(notebook.cells) if "print(POINTS" in cell.source)
        if self.first:
            notebook.cells.insert(plain, new_code_cell(self.first, id="attack-first"))
        if self.last:
            notebook.cells.append(new_code_cell(self.last, id="attack-last"))
        if self.edit:
            self.edit(notebook)
        for cell in notebook.cells:
            for name, value in names.items():
                cell.source = cell.source.replace(f"@{name}@", value)
        return notebook

    def hand_in(self, folder: Path, names: dict[str, str]) -> None:
        """Write the submission into a folder of its own."""
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                for word, value in names.items():
                    content = content.replace(f"@{word}@".encode(), value.encode())
                path.write_bytes(content)
        path = folder / f"{NAME}.ipynb"
        if not path.is_symlink():
            text = notebook_text(self.notebook(names))
            path.write_bytes(self.write(text) if self.write else text.encode())


def cell_named(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell of this id. Raises StopIteration if there is none."""
    return next(cell for cell in notebook.cells if cell.get("id") == name)

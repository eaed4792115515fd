"""Builds the site: `make site`, or `python -m docs.site.build [--chapter 03 …] [--edition student]`.

Two editions, each a folder of files to put on any server, or to open from a disk: build/site/student and
build/site/instructor. Chapters are run once for both, and not again while their text and nnkit stay as they are.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from pkgutil import iter_modules

import nbformat

import nnkit
from autograder.build.source import Chapter, select_chapters
from docs.site import lessons
from nnkit.explore import bake
from nnkit.palette import ON_DARK

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
GUIDES = {
    "student": ("student",),
    "instructor": ("instructor", "adopter", "slides", "design", "security", "benchmarks"),
}
MODULES = [module.name for module in iter_modules(nnkit.__path__) if not module.name.startswith("_")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chapter", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--edition", choices=GUIDES, action="append", help="only this one")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="where to (build/site)")
    arguments = parser.parse_args()
    chapters = select_chapters(ROOT / "solutions", arguments.chapter)
    runs = {chapter.name: run(chapter, arguments.out / "runs") for chapter in chapters}
    for edition in arguments.edition or GUIDES:
        pages = arguments.out / f"pages-{edition}"
        lay_out(pages, edition, chapters, runs)
        sphinx(pages, arguments.out / edition, edition, whole=not arguments.chapter)
        print(arguments.out / edition / "index.html")


def run(chapter: Chapter, runs: Path) -> nbformat.NotebookNode:
    """The solved chapter with its outputs, from an earlier build if nothing has changed.  runs: where those are."""
    library = sorted((ROOT / "nnkit").rglob("*.[pj]*"))
    texts = [chapter.path, HERE / "lessons.py", *(path for path in library if path.suffix in (".py", ".js"))]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()[:16]
    kept = runs / f"{chapter.name}-{digest}.ipynb"
    if not kept.exists():
        print(f"running {chapter.name}", flush=True)
        notebook = lessons.solved(chapter, _beside(chapter, runs))
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in kept.parent.glob(f"{chapter.name}-*.ipynb"):
            old.unlink()
        nbformat.write(notebook, kept)
    return nbformat.read(kept, as_version=4)


def _beside(chapter: Chapter, runs: Path) -> Path:
    """A folder with the files that students get beside a chapter."""
    folder = runs / chapter.name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "lectures" / chapter.name, folder)
    return folder


def lay_out(pages: Path, edition: str, chapters: list[Chapter], runs: dict) -> None:
    """All source pages of an edition, where Sphinx looks for them."""
    shutil.rmtree(pages, ignore_errors=True)
    static = pages / "_static"
    static.mkdir(parents=True)
    (static / "explore.js").write_text(bake.script(), "utf-8")
    (static / "explore.css").write_text(bake.STYLE + _FURO + _FIGURES, "utf-8")
    shutil.copy(HERE / "scroll.js", static)
    shutil.copy(HERE / "conf.py", pages)
    shutil.copytree(ROOT / "docs" / "images", pages / "guides" / "images")
    for chapter in chapters:
        solved = runs[chapter.name]
        notebook = solved if edition == "instructor" else lessons.released(chapter, solved)
        place = pages / "lectures" / chapter.name / f"{chapter.name}.ipynb"
        shutil.copytree(ROOT / "lectures" / chapter.name, place.parent)
        nbformat.write(notebook, place)
    for guide in GUIDES[edition]:
        text = (ROOT / "docs" / f"{guide}.md").read_text("utf-8")
        (pages / "guides" / f"{guide}.md").write_text(_links(text, pages, GUIDES[edition]), "utf-8")
    for module in MODULES:
        path = pages / "api" / f"{module}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# nnkit.{module}\n\n```{{eval-rst}}\n.. automodule:: nnkit.{module}\n```\n", "utf-8")
    (pages / "index.md").write_text(front(edition, chapters), "utf-8")


def _links(text: str, pages: Path, guides: Collection[str]) -> str:
    """Links of a guide lead to pages of the site, those to a chapter's source to the chapter. Others are words only."""

    def to_page(link: re.Match) -> str:
        words, target, anchor = link.groups()
        if source := re.fullmatch(r"\.\./solutions/(\w+)\.md", target):
            target = f"../lectures/{source[1]}/{source[1]}.ipynb"
        if (
            "://" in target
            or not target
            or (pages / "guides" / target).exists()
            or target.removesuffix(".md") in guides
        ):
            return f"[{words}]({target}{anchor or ''})"
        return words

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^()#\s]*)(#[^()\s]*)?\)", to_page, text)


def front(edition: str, chapters: list[Chapter]) -> str:
    cards = "\n".join(
        f":::{{grid-item-card}} {chapter.title}\n:link: lectures/{chapter.name}/{chapter.name}\n:link-type: doc\n\n"
        f"{_lead(chapter)}\n:::\n"
        for chapter in chapters
    )
    trees = {
        "Chapters": [f"lectures/{chapter.name}/{chapter.name}" for chapter in chapters],
        "Guides": [f"guides/{guide}" for guide in GUIDES[edition]],
        "The library": [f"api/{module}" for module in MODULES],
    }
    lists = "\n".join(
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"
        for caption, pages in trees.items()
    )
    words = (
        "Fourteen chapters on neural networks, from one neuron to handwritten digits. Pictures move here as they do in "
        "the notebooks; to write and check your own answers, open the notebooks."
    )
    return f"# Neural networks, by hand\n\n{words}\n\n::::{{grid}} 1 2 2 3\n:gutter: 2\n\n{cards}::::\n\n{lists}"


def _lead(chapter: Chapter) -> str:
    """The first paragraph below a chapter's title."""
    return next(part for part in chapter.cells[0].source.split("\n\n")[1:] if part.strip())


def sphinx(pages: Path, out: Path, edition: str, *, whole: bool) -> None:
    """Run Sphinx; a warning is an error, for a link that leads nowhere is one: but to a chapter that was left out."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(pages), str(out)]
    done = subprocess.run(
        command, env={**os.environ, "EDITION": edition, "WHOLE": "yes" * whole, "PYTHONPATH": str(ROOT)}
    )
    if done.returncode:
        sys.exit(f"the site was not built: {edition}")


# The explorers' colors follow the theme of the page.
_FURO = """
body { --jp-ui-font-color0: var(--color-foreground-primary); --jp-ui-font-color1: var(--color-foreground-secondary);
  --jp-ui-font-color2: var(--color-foreground-muted); --jp-border-color2: var(--color-background-border);
  --jp-border-color1: var(--color-foreground-border); --jp-layout-color0: var(--color-background-primary);
  --jp-layout-color2: var(--color-background-secondary); }
@media (max-width: 46em) { h1 { font-size: 2em; } }
"""
_FIGURES = f"""[data-theme="dark"] .nnk-figure {{ {ON_DARK} }}
@media (prefers-color-scheme: dark) {{ [data-theme="auto"] .nnk-figure {{ {ON_DARK} }} }}
"""


if __name__ == "__main__":
    main()

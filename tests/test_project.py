"""What a newcomer relies on: one version, a changelog that knows it, documents that are true."""

import json
import os
import re
import shlex
import sys
import tomllib
from pathlib import Path

import click
import pytest
import yaml

import nnkit
from autograder.cli import main
from nnkit import start

ROOT = Path(__file__).parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_changelog_begins_with_what_is_not_released_and_then_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    releases = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})", heading) for heading in headings[1:]]
    assert all(releases), headings
    assert releases[0][1] == nnkit.__version__
    versions = [tuple(map(int, release[1].split("."))) for release in releases]
    assert versions == sorted(set(versions), reverse=True)
    dates = [release[2] for release in releases]
    assert dates == sorted(dates, reverse=True)
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "nnkit/__init__.py"
    assert "version" not in yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_what_contributing_names_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = re.findall(r"make ([a-z -]+)", " ".join(re.findall(r"`(make [^`]+)`", CONTRIBUTING)))
    named = {target for command in commands for target in command.split()} - {"make"}
    assert named - targets == set()
    paths = re.findall(r"`((?:nnkit|autograder|tests|solutions|docs|benchmarks)/[\w/.]*)`", CONTRIBUTING)
    links = [link.partition("#")[0] for link in re.findall(r"\]\((?!http)([^)]+)\)", CONTRIBUTING)]
    names = [path for path in (*paths, *links) if "NAME" not in path and "NN" not in path]
    assert len(names) > 10
    assert [name for name in names if not (ROOT / name).exists()] == []


DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> set[str]:
    """What the documents tell people to type after `autograder`, in blocks and in sentences."""
    texts = (path.read_text(encoding="utf-8") for path in DOCUMENTS)
    pattern = re.compile(r"^autograder ([a-z].*)$|`autograder ([a-z-][^`]*)`", re.MULTILINE)
    return {block or sentence for text in texts for block, sentence in pattern.findall(text)}


@pytest.mark.parametrize("command", sorted(commands()))
def test_a_command_in_the_documents_can_be_typed(command):
    verb, *arguments = shlex.split(command.partition(" > ")[0], comments=True)
    if verb.startswith("-"):
        assert verb in {name for option in main.get_params(click.Context(main)) for name in option.opts}
    elif arguments:
        main.commands[verb].make_context(verb, arguments)
    else:
        assert verb in main.commands


FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_is_one(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.name == "config.yml":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(form)
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    identifiers = [field["id"] for field in asked]
    assert len(set(identifiers)) == len(identifiers)
    assert all(field["attributes"]["label"] for field in asked)
    assert any(field["validations"]["required"] for field in asked if "validations" in field)


def test_pre_commit_runs_what_the_lock_has_and_fetches_nothing():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    assert all(hook["language"] == "system" for hook in repository["hooks"])
    assert all(hook["entry"].startswith(".venv/bin/") for hook in repository["hooks"])


def test_make_lab_turns_off_panels_that_there_are_and_opens_the_start_page():
    off = json.loads((ROOT / "docs/lab/labconfig/page_config.json").read_text("utf-8"))["disabledExtensions"]
    extension = Path(sys.prefix) / "share/jupyter/labextensions/@jupyter/nbgrader/static"
    code = "".join(path.read_text("utf-8") for path in extension.glob("*.js"))
    assert [name for name in off if f'"{name}"' not in code] == []
    settings = json.loads((ROOT / "docs/lab/labconfig/default_setting_overrides.json").read_text("utf-8"))
    # The start page is to be read, not edited.
    assert settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"] == {"markdown": "Markdown Preview"}
    assert f"default_url=/lab/tree/{start.PAGE}" in (ROOT / "Makefile").read_text("utf-8")
    assert "JUPYTER_CONFIG_PATH=$(CURDIR)/docs/lab $(BIN)/jupyter lab" in (ROOT / "Makefile").read_text("utf-8")


def test_binder_installs_what_is_locked_with_a_python_that_will_do():
    folder = ROOT / ".binder"
    (line,) = (folder / "requirements.txt").read_text("utf-8").splitlines()
    assert (folder / line.removeprefix("-r ")).resolve() == ROOT / "lock.txt"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    least = project["requires-python"].removeprefix(">=").split(".")
    python = (folder / "runtime.txt").read_text("utf-8").strip().removeprefix("python-").split(".")
    assert list(map(int, python)) >= list(map(int, least))
    assert os.access(folder / "postBuild", os.X_OK)

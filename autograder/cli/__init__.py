"""The command line: each verb is a few lines around a typed function.

Exit 0: done. 1: something could not be graded, or is not clean. 2: usage or configuration. Imports stand inside the
verbs, so that `autograder --help` does not wait for nbgrader.
"""

import sys

import click

import nnkit
from autograder.cli import authoring, collecting, grading, handing_out, judging, upkeep
from autograder.errors import UserError

# jsonschema, which comes with nbformat, would load a grammar of internet addresses: a second, for checks nobody makes.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None forbids the import

AUDIENCES = {
    "Authors of chapters": (authoring.new, authoring.verify, authoring.lectures),
    "Instructors": (
        grading.check,
        authoring.release,
        authoring.sample,
        collecting.roster,
        collecting.collect,
        grading.grade,
        judging.written,
        handing_out.feedback,
        handing_out.report,
        judging.similar,
        handing_out.export,
        handing_out.gradescope,
        upkeep.backup,
        upkeep.restore,
        upkeep.renew,
        grading.doctor,
    ),
}
"""The verbs, by who uses them."""


class _Commands(click.Group):
    """Lists the verbs by who uses them, and turns errors that a user can mend into one line and exit code 2."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except UserError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for audience, verbs in AUDIENCES.items():
            with formatter.section(audience):
                formatter.write_dl([(str(verb.name), verb.get_short_help_str(limit=100)) for verb in verbs])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nnkit.__version__, prog_name="autograder", message="%(prog)s %(version)s")
def main() -> None:
    """Build the course, run a class through it, and grade it.

    A chapter or an assignment may be called by the beginning of its name: 03.
    """


for _verbs in AUDIENCES.values():
    for _verb in _verbs:
        main.add_command(_verb)

"""Where a course keeps its things, for `autograder` and for every stock nbgrader command run from this folder."""

from pathlib import Path

root = Path(__file__).parent.resolve()

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "neural-networks"
c.CourseDirectory.root = str(root)

# Built from solutions/: the notebooks with solutions (never released), and the ones students get.
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "lectures"

# A running course. Nothing in here is under version control.
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"
c.CourseDirectory.db_url = f"sqlite:///{root}/class/gradebook.db"

# Formgrader shows model answer and rubric beside each written answer, and runs nothing of what a student wrote.
c.HTMLExporter.preprocessors = ["autograder.out.formgrader.GradingPage"]

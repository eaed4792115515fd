"""A CSV file for Moodle: Grades → Import → CSV file.

The headings are those of Moodle's own export, so that the page that maps columns finds them: choose “ID number” or
“Email address” to identify students, and a grade item for each of the others. Source: MoodleDocs, “Grade import”.
"""

from autograder.out.cells import csv_table
from autograder.out.grades import Grades

SUFFIX = "csv"
WHO = ("First name", "Last name", "ID number", "Email address")


def render(grades: Grades) -> bytes:
    rows: list[tuple] = [(*WHO, *(f"{column.title} (Real)" for column in grades.columns))]
    for number, (student, person) in enumerate(grades.students):
        who = (person.first_name, person.last_name, student, person.email)
        rows.append((*who, *(column.scores[number] for column in grades.columns)))
    return csv_table(rows)

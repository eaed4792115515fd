"""A CSV file for Canvas: Grades → Import.

Five columns say who a student is, in this order; the second row says how many points there are. Canvas looks for a
student by ID, its own number (`lms_user_id` of the roster), then by SIS User ID, then by SIS Login ID; the id of the
gradebook stands for both. Source: Canvas Instructor Guide, “How do I import grades in the Gradebook?”.
"""

from autograder.out.cells import csv_table
from autograder.out.grades import Grades

SUFFIX = "csv"
WHO = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def render(grades: Grades) -> bytes:
    rows: list[tuple] = [
        (*WHO, *(column.title for column in grades.columns)),
        ("    Points Possible", *[""] * (len(WHO) - 1), *(column.points for column in grades.columns)),
    ]
    for number, (student, person) in enumerate(grades.students):
        name = ", ".join(filter(None, (person.last_name, person.first_name))) or student
        who = (name, person.lms_user_id, student, student, "")
        rows.append((*who, *(column.scores[number] for column in grades.columns)))
    return csv_table(rows)

"""A CSV file for Blackboard Learn: Grade Center → Work Offline → Upload, delimiter comma.

Every cell stands in quotes. Students are known by Username, the id of the gradebook; a column without Blackboard's
number in its heading becomes a new one. Source: Blackboard Help for Instructors, “Work offline with grade data”.
"""

from autograder.out.cells import csv_table
from autograder.out.grades import Grades

SUFFIX = "csv"
WHO = ("Last Name", "First Name", "Username")


def render(grades: Grades) -> bytes:
    rows: list[tuple] = [(*WHO, *(f"{column.title} [Total Pts: {column.points:g}]" for column in grades.columns))]
    for number, (student, person) in enumerate(grades.students):
        who = (person.last_name, person.first_name, student)
        rows.append((*who, *(column.scores[number] for column in grades.columns)))
    return csv_table(rows, quote_all=True)

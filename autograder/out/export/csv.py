"""A table for spreadsheets and programs: one row per student."""

from autograder.out.cells import csv_table
from autograder.out.grades import Grades

SUFFIX = "csv"


def render(grades: Grades) -> bytes:
    return csv_table(grades.table)

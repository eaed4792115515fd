"""The grader: chapter sources in, released notebooks, trusted grades and feedback out.

source → author → verify build the course; course → grade → batch → gradebook → feedback · exports run a class.
"""

"""What stands around the check cells of a notebook: rules that hold for every check, and words for what went wrong.

`header` is the first line of a check cell; `inputs` and `policy` are the rules, the same for a student's own kernel and
for the grader; `sentences` are the words; `kernel` brings them into Jupyter.
"""

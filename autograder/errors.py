"""Errors that the person at the keyboard can mend: a command answers them with one line and exit code 2."""


class UserError(Exception):
    """Something asked for is not there or not right. The message says what was required and what was found."""

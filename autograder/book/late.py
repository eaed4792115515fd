"""A price for lateness by the day, for `c.AssignLatePenalties.plugin_class = "autograder.book.late.PerDay"`.

nbgrader's own plug-in knows all or nothing. This one is of the kind that nbgrader takes, so that `nbgrader autograde`
charges the same.
"""

import math

from nbgrader.plugins import BasePlugin
from traitlets import Float


class PerDay(BasePlugin):
    """Takes a share of what a notebook earned for each day begun."""

    percent = Float(10.0, min=0.0, max=100.0, help="Percent of the score, for each day begun.").tag(config=True)
    grace_minutes = Float(0.0, min=0.0, help="Minutes after the due date that cost nothing.").tag(config=True)
    last_day = Float(math.inf, min=0.0, help="Days after which nothing is left.").tag(config=True)

    @property
    def policy(self) -> str:
        """What students are told."""
        grace = f" after {self.grace_minutes:g} minutes of grace" if self.grace_minutes else ""
        end = f", and nothing is left after {self.last_day:g} days" if self.last_day < math.inf else ""
        return f"Lateness costs {self.percent:g} % of what is earned for each day begun{grace}{end}."

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Points to take away; None for none. nbgrader calls it for each notebook that came after the due date."""
        if total_seconds_late <= 60 * self.grace_minutes:
            return None
        days = total_seconds_late / 86400
        return score if days > self.last_day else min(score, score * self.percent / 100 * math.ceil(days))

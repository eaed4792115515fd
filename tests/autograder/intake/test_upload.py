"""When a submission came."""

import pytest
from nbgrader.utils import parse_utc

from autograder.intake.upload import Upload

TIMES = (
    "2026-10-09 22:00:00 UTC",
    "2026-10-09 22:00:00.123456 UTC",
    "2026-10-09 22:00:00 Europe/Berlin",
    "2026-10-09 22:00:00 Mars/Olympus",
    "2026-10-09 22:00:00 3600",
    "2026-10-09 22:00:00 +0100",
    "2026-10-09T22:00:00+02:00",
    "2026-10-09",
    "9 Oct 2026",
    "soon",
    "",
)


@pytest.mark.parametrize("text", TIMES)
@pytest.mark.filterwarnings("ignore::dateutil.parser.UnknownTimezoneWarning")
def test_a_time_is_what_nbgrader_reads(text):
    try:
        theirs = parse_utc(text)
    except (ValueError, TypeError):
        theirs = None
    assert Upload(timestamp=text).submitted_at == theirs

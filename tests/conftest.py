"""What holds for every test."""

import sys

from hypothesis import settings

# jsonschema, which comes with nbformat, would load a grammar of internet addresses: a second in each process of pytest.
sys.modules.setdefault("rfc3987_syntax", None)

# Derandomized, so that a red build means a change of the code; no deadline, since a busy machine is no bug.
settings.register_profile("nnkit", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("nnkit")

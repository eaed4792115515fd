"""What holds for every test."""

from hypothesis import settings

# Derandomized, so that a red build means a change of the code; no deadline, since a busy machine is no bug.
settings.register_profile("nnkit", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("nnkit")

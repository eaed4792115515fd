"""Imported by the fork server alone, for what that does."""

import os

from autograder.exam.fork_server import PRELOAD
from autograder.inside.libraries import load

load(os.environ[PRELOAD].split())

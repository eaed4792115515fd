from autograder.exam.protections import judge, lacking, nothing, refusal
from autograder.inside.limits import Limits, MiB


def test_what_is_in_force_says_what_it_does():
    found = {p.name: p for p in judge(Limits(disk=8 * MiB, processes=5), 1000, {})}
    assert all(protection.in_force for protection in found.values())
    assert found["private disk"].detail.startswith("8 MiB")
    assert found["process limit"].detail == "5 processes and threads"


def test_only_essential_protections_are_lacking():
    found = judge(Limits(), 0, {"seccomp": "no library", "plain user": "root"})
    assert [(p.name, p.detail) for p in lacking(found)] == [("plain user", "root")]


def test_a_refusal_names_what_was_tried_and_the_way_out():
    message = str(refusal({kind: judge(Limits(), 0, nothing(f"no {kind}")) for kind in ("bubblewrap", "namespaces")}))
    assert "bubblewrap: no bubblewrap; namespaces: no namespaces" in message
    assert "--unsafe" in message

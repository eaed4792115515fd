from tests.touched import ROOT, tests_of


def test_the_tests_of_a_module_are_those_that_import_it():
    found = tests_of([ROOT / "nnkit" / "schedules.py"])
    assert ROOT / "tests" / "nnkit" / "test_schedules.py" in found
    assert ROOT / "tests" / "nnkit" / "test_datasets.py" not in found


def test_a_test_is_its_own():
    path = ROOT / "tests" / "nnkit" / "test_penalties.py"
    assert tests_of([path]) == [path]


def test_a_module_imported_from_its_package_is_found():
    found = tests_of([ROOT / "autograder" / "book" / "fingerprint.py"])
    assert ROOT / "tests" / "autograder" / "book" / "test_fingerprint.py" in found

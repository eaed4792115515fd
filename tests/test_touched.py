from tests import touched


def test_the_tests_of_a_module_are_those_that_import_it():
    found = touched.tests_of([touched.ROOT / "nnkit" / "schedules.py"])
    assert touched.ROOT / "tests" / "nnkit" / "test_schedules.py" in found
    assert touched.ROOT / "tests" / "nnkit" / "test_datasets.py" not in found


def test_a_test_is_its_own():
    path = touched.ROOT / "tests" / "nnkit" / "test_penalties.py"
    assert touched.tests_of([path]) == [path]


def test_a_module_imported_from_its_package_is_found():
    found = touched.tests_of([touched.ROOT / "autograder" / "book" / "fingerprint.py"])
    assert touched.ROOT / "tests" / "autograder" / "book" / "test_fingerprint.py" in found

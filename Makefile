# Two commands are enough: `make lab` (or `make grade`) and `make test`. Each sets up all it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHAPTER ?= 03_logistic_regression

.PHONY: help lab grade test test-fast lint format lectures site pictures tables verify bench mnist lock clean

help:
	@echo "make lab       open JupyterLab on your own copy of the lessons"
	@echo "make grade     hand in a sample class, grade it, show the result (CHAPTER=$(CHAPTER))"
	@echo "make test      run every test; make test-fast those that a change touches, but for the slow ones"
	@echo "make lectures  rebuild the student notebooks from solutions/"
	@echo "make verify    test the tests of every chapter"
	@echo "make site      build the course as a site, in build/site: chapters, guides, the library"
	@echo "make pictures  take the pictures of README.md anew"
	@echo "make tables    fill in the tables of docs/ that the code makes"
	@echo "make lint      check style and types; make format mends it"
	@echo "make bench     measure, side by side with others"
	@echo "make mnist     train on MNIST, half an hour or more (DATA=folder, if you have the files)"

# The environment, rebuilt when the lock or the project's metadata change.
$(VENV)/ready: lock.txt pyproject.toml
	@echo "Setting up $(VENV) from lock.txt; this takes about half a minute, once."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode lock.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# Students work on a copy, so that rebuilding the lectures can never overwrite their answers. docs/lab turns off what has
# nothing to do here: panels of nbgrader that need an exchange or a course, and the question about news.
lab: $(VENV)/ready
	@mkdir -p workbook/pictures && cp -rn lectures/. workbook/ && cp docs/images/chapters/* workbook/pictures/
	@$(BIN)/python -m nnkit start workbook >/dev/null
	@echo "Your copy of the lessons is in workbook/. Stop JupyterLab with Ctrl-C."
	@JUPYTER_CONFIG_PATH=$(CURDIR)/docs/lab $(BIN)/jupyter lab --ServerApp.root_dir=workbook --LabApp.default_url=/lab/tree/start.md \
		$(if $(filter 0,$(shell id -u)),--allow-root)

# One sample student's file is broken on purpose, so `grade` answers 1: "some could not be graded". The sample class is
# trusted: where the machine offers no walls it is graded without them, and the table says so.
grade: $(VENV)/ready
	@echo "Building the release of $(CHAPTER) and a sample class in class/"
	@$(BIN)/autograder sample $(CHAPTER)
	@$(BIN)/autograder grade $(CHAPTER) --unsafe || test $$? -eq 1
	@$(BIN)/autograder feedback $(CHAPTER)
	@$(BIN)/autograder export $(CHAPTER)

test: $(VENV)/ready
	@$(BIN)/python -m pytest --numprocesses 2

# tests/touched.py says which these are. pytest answers 5 if none of them is fast.
test-fast: $(VENV)/ready
	@files=$$($(BIN)/python -m tests.touched) || exit 1; \
	if [ -z "$$files" ]; then echo "no test is touched"; exit 0; fi; \
	$(BIN)/python -m pytest --quiet -m "not slow and not browser and not sandbox" $$files || test $$? -eq 5

lint: $(VENV)/ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m mypy

format: $(VENV)/ready
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lectures: $(VENV)/ready
	@$(BIN)/autograder lectures

tables: $(VENV)/ready
	@$(BIN)/python -m docs.tables

site: $(VENV)/ready
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement docs/site/requirements.txt
	@$(BIN)/python -m docs.site.build

pictures: $(VENV)/ready
	@$(BIN)/python -m docs.pictures

verify: $(VENV)/ready
	@$(BIN)/autograder verify

bench: $(VENV)/ready
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement benchmarks/requirements.txt
	@$(BIN)/python -m benchmarks.training
	@$(BIN)/python -m benchmarks.fast
	@$(BIN)/python -m benchmarks.explorers
	@$(BIN)/python -m benchmarks.models
	@$(BIN)/python -m benchmarks.reports
	@$(BIN)/python -m benchmarks.similar
	@$(BIN)/python -m benchmarks.grading
	@$(BIN)/python -m benchmarks.grading --course --students 30 --nbgrader 1
	@$(BIN)/python -m benchmarks.grading --chapter 03 --students 40

# Not part of `bench`, for it takes too long.
mnist: $(VENV)/ready
	@$(BIN)/python -m benchmarks.mnist $(if $(DATA),--folder "$(DATA)")
	@$(BIN)/python -m benchmarks.mnist --report docs/images/mnist_dropout.png

lock:
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header \
		--quiet --output-file lock.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis

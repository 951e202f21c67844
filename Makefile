# `make demo` and `make test` do everything from a fresh clone; all they need is Python 3.11 (or newer) with pip.
PYTHON ?= python3
TARGET ?= reference
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lock clean

demo: $(VENV)/.demo
	$(BIN)/gauntlet demo --target $(TARGET)

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile

# uv installs in a quarter of pip's time; where it does not work (a private index in pip's configuration), pip does the same.
define install
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r $(1) \
	  || $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(1)
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
endef

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Gauntlet needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt requirements/bootstrap.txt pyproject.toml | $(BIN)/python
	@echo "installing (once; about half a minute)"
	$(call install,requirements/demo.txt)

$(VENV)/.dev: requirements/dev.txt requirements/bootstrap.txt pyproject.toml | $(BIN)/python
	@echo "installing with development tools (once; about half a minute)"
	$(call install,requirements/dev.txt)
	touch $(VENV)/.demo

# Lock files carry hashes and no addresses. bootstrap: what builds the checkout and installs the rest.
PIN := uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate --generate-hashes
lock:
	$(PIN) --extra dev pyproject.toml -o requirements/dev.txt
	$(PIN) -c requirements/dev.txt pyproject.toml -o requirements/core.txt
	for extra in load contract allure demo; do \
	  $(PIN) -c requirements/dev.txt --extra $$extra pyproject.toml -o requirements/$$extra.txt || exit 1; \
	done
	$(PIN) requirements/bootstrap.in -o requirements/bootstrap.txt

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache

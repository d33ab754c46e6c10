# make run and make test are all that one needs; each installs first where needed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
NODE := .venv/.node
JUDGES := tests/judges/node_modules/.installed

PAGE := src/runbot/playground/page
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $(PAGE)

.PHONY: install run test test-browser test-page judge page fmt-page check fmt lock bench pictures
install: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Runbot needs Python 3.11 or newer; set PYTHON=/path/to/python3.")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

# Node.js and npm in .venv/bin, at one exact version on every machine. What uses them needs
# .venv/bin first in its PATH.
$(NODE): requirements-node.lock $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-node.lock
	touch $(NODE)

run: install
	$(BIN)/python app.py

test: install
	$(BIN)/python -m pytest

test-browser: install
	$(BIN)/python -m pytest tests/browser -o addopts="--strict-markers --strict-config -ra"

# The playground's page: what is committed in built/ comes from src/ beside it.
$(PAGE)/node_modules: $(PAGE)/package-lock.json $(NODE)
	$(NPM) ci --ignore-scripts --silent
	touch $@

page: $(PAGE)/node_modules
	$(NPM) run --silent build

fmt-page: $(PAGE)/node_modules
	$(NPM) run --silent fmt

# The page's types and style, and that its built files are what its sources give.
test-page: $(PAGE)/node_modules
	$(NPM) run --silent check
	$(NPM) run --silent build -- ../../../../build-page
	diff -r $(PAGE)/built build-page
	rm -r build-page

# What Runbot sends, judged by the types that Slack publishes for TypeScript.
judge: $(JUDGES)
	$(BIN)/python -m pytest tests/judges -o addopts="--strict-markers --strict-config -ra"

$(JUDGES): tests/judges/package-lock.json $(NODE)
	cd tests/judges && PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	touch $(JUDGES)

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install
	$(BIN)/python -m bench

# Every surface as people see it, in light and dark, wide and narrow: into ./screenshots.
pictures: install
	$(BIN)/python scripts/pictures.py

# Exact versions with hashes for every platform, and no registry's address in the files.
lock: install
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --group node -o requirements-node.lock

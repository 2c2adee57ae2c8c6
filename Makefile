# Every target sets itself up; `make demo` and `make test` are all that a newcomer needs.
# Python 3.11 or later, Node 20 or later; Chromium (tests and HEADLESS=1) and Java (tests) are installed by apt where missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMPS := build/.stamps
UV := $(BIN)/uv
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# As many as the two cores that there are at least: with three workers each test took half as long again, and none ended sooner.
WORKERS ?= 2

.PHONY: help setup ready peers lock check fix test suites demo up bench browser redteam fuzz docs build-edge build deployable sbom audit deploy chromium iproute java clean

help: ## What there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMPS)/python $(STAMPS)/ministack $(STAMPS)/node ## Everything the project needs, from hashed locks

$(STAMPS)/uv: requirements/build.in
	@mkdir -p $(STAMPS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "python: 3.11 or later is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements/build.in
	@touch $@

$(STAMPS)/python: $(STAMPS)/uv requirements/main.txt pyproject.toml
	$(UV) pip sync --quiet --require-hashes requirements/main.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	$(UV) pip install --quiet --requirement requirements/build.in
	@touch $@

# MiniStack, the SAM CLI and checkov pin other versions than ours, so each has an environment of its own.
$(STAMPS)/ministack: $(STAMPS)/uv requirements/ministack.txt
	test -x .venv-ministack/bin/python || $(PYTHON) -m venv .venv-ministack
	$(UV) pip sync --quiet --require-hashes --python .venv-ministack/bin/python requirements/ministack.txt
	@touch $@

$(STAMPS)/sam: $(STAMPS)/uv requirements/sam.txt
	test -x .venv-sam/bin/python || $(PYTHON) -m venv .venv-sam
	$(UV) pip sync --quiet --require-hashes --python .venv-sam/bin/python requirements/sam.txt
	@touch $@

$(STAMPS)/checkov: $(STAMPS)/uv requirements/checkov.txt
	test -x .venv-checkov/bin/python || $(PYTHON) -m venv .venv-checkov
	$(UV) pip sync --quiet --require-hashes --python .venv-checkov/bin/python requirements/checkov.txt
	@touch $@

# Spark with the project beside it: .venv-spark/bin/nearside aggregate --engine pyspark
$(STAMPS)/spark: $(STAMPS)/uv requirements/spark.txt pyproject.toml
	test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	$(UV) pip sync --quiet --require-hashes --python .venv-spark/bin/python requirements/spark.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --python .venv-spark/bin/python --editable .
	@touch $@

peers: $(STAMPS)/peers ## What the recommender is measured beside (ALS, BPR, a network) and plotted with

$(STAMPS)/peers: $(STAMPS)/uv requirements/peers.txt
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	$(UV) pip sync --quiet --require-hashes --python .venv-peers/bin/python requirements/peers.txt
	@touch $@

# What sends cases of its own making to the agency's API.
$(STAMPS)/fuzz: $(STAMPS)/uv requirements/fuzz.txt
	test -x .venv-fuzz/bin/python || $(PYTHON) -m venv .venv-fuzz
	$(UV) pip sync --quiet --require-hashes --python .venv-fuzz/bin/python requirements/fuzz.txt
	@touch $@

$(STAMPS)/node: package-lock.json
	@mkdir -p $(STAMPS)
	@node -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("node: 20 or later is needed"); process.exit(1) }'
	npm ci --silent
	@touch $@

# Tests drive Chromium without its window, which is the same engine at less than half the cost; where no such package is, Chromium.
chromium:
	@command -v "$${NEARSIDE_CHROMIUM:-chromium}" >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; }
	@command -v chromium-headless-shell >/dev/null || [ -n "$$NEARSIDE_CHROMIUM" ] || $(SUDO) apt-get install -y -qq chromium-headless-shell \
	  || echo "chromium-headless-shell: no such package here; tests take longer"

# A network for one test alone, in which every packet of a browser is heard.
iproute:
	@command -v ip >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq iproute2; }
	@unshare --net $$([ "$$(id -u)" = 0 ] || echo --map-root-user) true 2>/dev/null \
	  || echo "egress: this kernel gives nobody a network of their own: tests/browser/test_egress.py is SKIPPED"

# TensorFlow.js, which a cold start is measured beside.
$(STAMPS)/contenders: benchmarks/package-lock.json
	npm ci --silent --prefix benchmarks
	@touch $@

java:
	@command -v "$${JAVA_HOME:+$$JAVA_HOME/bin/}java" >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq default-jre-headless; }

lock: $(STAMPS)/uv ## Resolve and hash every requirement anew
	for group in runtime main trainer publisher importer ministack sam spark checkov peers fuzz; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command "make lock" requirements/$$group.in --output-file requirements/$$group.txt; \
	done

demo: setup $(if $(HEADLESS),chromium) ## A fictional city on this machine, end to end (HEADLESS=1: played in a browser, then stopped)
	$(BIN)/nearside demo $(if $(HEADLESS),--headless --port 0 --state build/demo/state) $(DEMO)

up: setup ## Serve what an earlier demo set up (UP="--port 0": on a free port)
	$(BIN)/nearside up $(UP)

check: setup $(STAMPS)/checkov ## Lint, formats, types, dependency rules, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	node_modules/.bin/tsc -p .
	node_modules/.bin/prettier --check --log-level warn edge_client/web nearside/edge_runtime tests benchmarks '!**/*.json' '!**/*.html' '!**/*.md'
	$(BIN)/cfn-lint template.yaml infra/*.yaml
	.venv-checkov/bin/checkov --quiet --compact --skip-download --framework cloudformation --file template.yaml infra/*.yaml

fix: setup ## Mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	node_modules/.bin/prettier --write --log-level warn edge_client/web nearside/edge_runtime tests benchmarks '!**/*.json' '!**/*.html' '!**/*.md'

test: ## Every check and every suite, one summary at the end
	@$(MAKE) --no-print-directory --jobs=4 check ready
	@$(MAKE) --no-print-directory suites

# What the suites need beside the project, side by side; Debian's installer runs once at a time.
ready: setup $(STAMPS)/sam $(STAMPS)/spark $(STAMPS)/peers $(STAMPS)/fuzz build-edge deployable chromium iproute java
iproute: | chromium
java: | iproute

# Each worker has a core of its own: a second thread of linear algebra in it waits in a loop for one that another worker holds.
suites browser redteam: export OMP_NUM_THREADS = 1
suites browser redteam: export OPENBLAS_NUM_THREADS = 1

# What tests write stays in memory where there is room: stores wait for a disk at every write, and no test cuts the power.
SCRATCH := $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'NR == 2 { print $$4 }')" -gt 6000000 ] && echo /dev/shm || echo /tmp)
IN_SCRATCH = scratch=$$(mktemp -d -p $(SCRATCH) nearside.XXXXXX) && trap 'rm -rf "$$scratch"' EXIT && TMPDIR="$$scratch"

suites: ready
	@$(IN_SCRATCH) $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

browser: setup chromium iproute ## The suites that drive a real browser
	@$(IN_SCRATCH) $(BIN)/pytest tests/browser

redteam: setup ## The attacks
	@$(IN_SCRATCH) $(BIN)/pytest tests/redteam

fuzz: setup $(STAMPS)/fuzz ## A thousand cases for each operation of the agency API (some twenty minutes)
	@$(IN_SCRATCH) CASES=1000 $(BIN)/pytest tests/contract/test_agency_fuzzed.py

bench: setup peers $(STAMPS)/contenders chromium ## Measure; benchmarks/README.md says what each figure means
	$(BIN)/python -m benchmarks.recommend
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.proposing
	$(BIN)/python -m benchmarks.archetypes
	$(BIN)/python -m benchmarks.intent
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.aggregate
	$(BIN)/python -m benchmarks.privacy_audit
	$(BIN)/python -m benchmarks.audit
	$(BIN)/python -m benchmarks.ledger
	$(BIN)/python -m benchmarks.ledger_load
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.gateway
	$(BIN)/python -m benchmarks.before_aws
	$(BIN)/python -m benchmarks.cold_start
	$(BIN)/python -m benchmarks.first_visit
	$(BIN)/python -m benchmarks.flows
	$(BIN)/python -m benchmarks.kernels

docs: setup ## Pages that are generated from the code
	$(BIN)/python -m nearside.docs
	$(BIN)/python -m nearside.costs

build-edge: setup ## What devices load, into build/edge
	$(BIN)/python -m nearside.edge_build --notices demo/agency/notices --out build/edge

build: setup $(STAMPS)/sam ## What Lambda runs: arm64 zip folders
	$(BIN)/python -m nearside.functions_package
	PATH="$(CURDIR)/$(BIN):$$PATH" .venv-sam/bin/sam build --beta-features

# What a test deploys and calls: one function built as all are, the others as source.
deployable: setup $(STAMPS)/sam
	$(BIN)/python -m nearside.functions_package
	PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build Api/HealthFunction --beta-features --build-dir build/deployable
	mkdir -p build/deployable/build
	for each in functions trainer publisher importer; do ln -sfn ../../$$each build/deployable/build/$$each; done

sbom: setup ## What is shipped, from the hashed locks, as CycloneDX: build/sbom
	$(BIN)/python -m nearside.sbom --out build/sbom

# It asks PyPI and npm what is known of each, so that neither `make test` nor continuous integration calls it.
audit: setup ## Known weaknesses of everything that is locked; needs a network
	for group in runtime trainer publisher importer main; do \
	  $(UV) tool run pip-audit --strict --disable-pip --require-hashes --requirement requirements/$$group.txt || exit 1; \
	done
	npm audit --omit=dev

# Nested stacks are expanded by CloudFormation, which asks to be allowed that.
deploy: build ## sam deploy --guided
	.venv-sam/bin/sam deploy --guided --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND

clean: ## Remove what was built here; .nearside, the local state, stays
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache

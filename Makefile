# What developers and CI run. Needs Rust (rustup reads rust-toolchain.toml) and Python 3.11 or newer. `make guard` also
# needs valgrind, and `make bench` uses Node if it is installed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
VENV := .local/venv
BIN := $(VENV)/bin
UV := $(VENV)/.uv
RUN_TOOLS := $(VENV)/.run-tools
TEST_TOOLS := $(VENV)/.test-tools
LAMBDA_TOOLS := $(VENV)/.lambda-tools
CHECKOV := .local/checkov/bin/checkov
RENDERER := .local/page/node_modules/swagger-ui-dist
PAGE := .local/page/index.html
BENCH_NODE := .local/bench/node
BENCH_PYTHON := .local/bench/python

# SAM CLI must not report its use, and must not leave files outside this folder.
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(CURDIR)/.local/sam
USERS_REGION := $(AWS_DEFAULT_REGION)
export AWS_DEFAULT_REGION ?= us-east-1
# Only `make probe` may use the user's own AWS account.
unexport AWS_PROFILE
# If it is set, Python compiles SAM CLI again at every start, for three seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build $(RUN_TOOLS) $(PAGE) ## Run everything on this machine until Ctrl-C. LATCHKEY_PORT=4510 is the port, LATCHKEY_PAGE_PORT=4511 the page's.
	@$(BIN)/python -m local

.PHONY: docs
docs: $(RENDERER)/package.json ## Make a page to read the APIs and to try them. SERVER=https://… is the deployment that it calls.
	@$(BIN)/python -m local.api_page $(RENDERER) $(PAGE) '$(SERVER)'

.PHONY: build
build: ## Build the functions for this machine.
	@echo 'Building the functions'
	cargo build --profile quick --bins

.PHONY: test
test: $(TEST_TOOLS) $(PAGE) ## Run all tests: the crates' own, then end to end against the local stack. FUZZ_CASES=5000 is the minimum of generated requests.
	cargo build --profile quick $(TESTED) --bins --lib --test '*'
	cargo test --profile quick $(TESTED) --lib --test '*'
	$(BIN)/python -m pytest --numprocesses 2 tests

# All crates except those that measure. `--tests` would build an empty harness for each binary.
TESTED := --workspace --exclude latchkey-bench --exclude latchkey-hello --exclude latchkey-limit

.PHONY: test-stack
test-stack: build $(TEST_TOOLS) ## Run the stack that the tests need, until Ctrl-C. LATCHKEY_PORT=4520 is its port, the proxies use 4521 to 4523.
	@$(BIN)/python -m tests.support.running

.PHONY: test-on-stack
test-on-stack: build $(TEST_TOOLS) ## Run TESTS=tests/dqops on that stack, with the functions in their current state: seconds, not minutes.
	$(BIN)/python -m pytest --on running $(TESTS)

TESTS ?= tests

.PHONY: check
check: $(TEST_TOOLS) ## Check format, lints, docs, layout, template, licences and dependencies.
	cargo fmt --all --check
	cargo clippy --profile quick --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --quiet --profile quick --workspace --no-deps --document-private-items
	$(BIN)/cargo-shear
	$(BIN)/cargo-deny --workspace check bans licenses sources
	$(call if_fetched,$(BIN)/cargo-deny --workspace check --disable-fetch advisories)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m pytest --quiet tests/layout
	$(BIN)/sam validate --lint --template template.yaml
	$(BIN)/cfn-lint template.yaml

# The advisories come from GitHub, which some networks do not reach.
if_fetched = @if $(BIN)/cargo-deny --workspace fetch db >.local/advisories.log 2>&1; then \
	echo '$(1)'; $(1); else echo 'Advisories: not checked, as their database cannot be fetched.'; fi

.PHONY: advisories
advisories: $(TEST_TOOLS) ## Look for known vulnerabilities in the dependencies. Needs GitHub.
	$(BIN)/cargo-deny --workspace check advisories

.PHONY: check-template
check-template: $(TEST_TOOLS) $(CHECKOV) ## Look for insecure settings in the expanded template, with cfn-lint and checkov.
	@$(BIN)/python -m local.check_template $(CHECKOV) .local/check

.PHONY: sam-local
sam-local: $(RUN_TOOLS) $(LAMBDA_TOOLS) ## Run the functions in containers, with `sam local`. LATCHKEY_PORT=3000 is the port.
	@$(BIN)/python -m local.sam_local

.PHONY: test-sam-local
test-sam-local: $(TEST_TOOLS) $(LAMBDA_TOOLS) ## Run the official clients against `sam local`. Needs Docker.
	$(BIN)/python -m pytest -s --on sam-local tests/sam_local tests/*/test_client.py

.PHONY: package
package: $(RUN_TOOLS) $(LAMBDA_TOOLS) ## Build for Graviton (or ARCHITECTURE=x86_64), and make a zip in .local/package that `sam deploy` takes without Rust.
	PATH="$(CURDIR)/$(BIN):$$PATH" cargo lambda build $(RELEASE) --$(subst _,-,$(ARCHITECTURE)) --lambda-dir $(PROGRAMS)
	@$(BIN)/python -m local.package $(ARCHITECTURE) $(PROGRAMS) .local/package $(COMPRESSION)

ARCHITECTURE ?= arm64
# `make package RELEASE=` only shows that it works, in half the time.
RELEASE ?= --release
COMPRESSION := $(if $(RELEASE),9,1)
PROGRAMS := target/lambda-$(ARCHITECTURE)

.PHONY: version
version: ## Print the version in Cargo.toml.
	@sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml

.PHONY: release-notes
release-notes: ## Print CHANGELOG.md's part about that version.
	@awk '/^## \[/ { is_it = index($$0, "['"$$($(MAKE) --silent version)"']") } is_it && !/^## /' CHANGELOG.md

.PHONY: probe
probe: $(TEST_TOOLS) ## Ask your AWS account what no emulator can answer, for 0.01 USD. With LATCHKEY_URL and LATCHKEY_TOKEN, also API Gateway.
	@$(USERS_AWS) $(BIN)/python -m tests.probe

# The user's own settings, which no other target uses.
USERS_AWS = env $(if $(USERS_REGION),,-u AWS_DEFAULT_REGION) $(if $(AWS_PROFILE),AWS_PROFILE='$(AWS_PROFILE)')

.PHONY: bench
bench: $(BENCH_PYTHON)/.installed $(BENCH_NODE)/.installed ## Time the functions against Python, Node and a program written by hand, for 8 minutes.
	cargo build --release --bins
	cargo build --release --package latchkey-hello --package latchkey-limit
	cargo run --quiet --profile bench --package latchkey-bench -- bench

.PHONY: guard
guard: ## Fail if instructions, system calls or the largest packages have grown. Needs valgrind.
	cargo build --release --bin dqops-get --bin authorizer --bin losant-patch --bin tiledb-patch
	cargo test --quiet --profile quick --package latchkey-bench
	cargo run --quiet --profile quick --package latchkey-bench -- guard

$(PAGE): $(RENDERER)/package.json $(wildcard docs/openapi/*) $(wildcard docs/page/*) local/api_page.py
	@$(BIN)/python -m local.api_page $(RENDERER) $@

# With the npm in $(RUN_TOOLS), so that nobody has to install it. The packages' own scripts do not run.
$(RENDERER)/package.json: docs/page/package.json docs/page/package-lock.json $(RUN_TOOLS)
	@echo 'Installing Swagger UI into .local/page'
	@mkdir -p .local/page
	@cp docs/page/package.json docs/page/package-lock.json .local/page
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM_CI) --prefix .local/page
	@touch $@

NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# Without npm nothing is installed, and the bench reports that.
$(BENCH_NODE)/.installed: $(wildcard bench/functions/node/*)
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@! command -v npm >/dev/null || { $(NPM_CI) --prefix $(@D) && \
		npm run --prefix $(@D) --silent bundle -- --log-level=warning; }
	@touch $@

# In its own environment, like a function's.
$(BENCH_PYTHON)/.installed: bench/functions/python/requirements.txt $(UV)
	@$(PYTHON) -m venv --clear --without-pip $(@D)
	@$(BIN)/uv pip install --quiet --no-deps --compile-bytecode --python $(BENCH_PYTHON)/bin/python -r $<
	@touch $@

.PHONY: lock
lock: $(UV) ## Pin the dependencies of the requirements.in files again.
	$(BIN)/uv pip compile $(LOCK) local/requirements.in -o local/requirements.txt
	$(BIN)/uv pip compile $(LOCK) local/requirements.in tests/requirements.in -o tests/requirements.txt
	$(BIN)/uv pip compile $(LOCK) local/requirements-sam-local.in -o local/requirements-sam-local.txt
	$(BIN)/uv pip compile $(LOCK) local/requirements-checkov.in -o local/requirements-checkov.txt
	$(BIN)/uv pip compile $(LOCK) examples/clients/requirements.in -o examples/clients/requirements.txt
	$(BIN)/uv pip compile $(LOCK) bench/functions/python/requirements.in -o bench/functions/python/requirements.txt

LOCK := --quiet --upgrade --universal --python-version 3.11 --no-annotate --custom-compile-command 'make lock'

.PHONY: clean
clean: ## Remove everything that was built or installed here.
	rm -rf .local target

$(RUN_TOOLS): local/requirements.txt $(UV)
	@echo 'Installing MiniStack and SAM CLI into $(VENV)'
	@$(INSTALL) -r $<
	@touch $@

$(TEST_TOOLS): tests/requirements.txt $(UV)
	@echo 'Installing the test and lint tools into $(VENV)'
	@$(INSTALL) -r $<
	@touch $@ $(RUN_TOOLS)

$(LAMBDA_TOOLS): local/requirements-sam-local.txt $(UV)
	@echo 'Installing cargo-lambda and Zig into $(VENV)'
	@$(INSTALL) -r $<
	@touch $@

# In its own environment, because it needs an older botocore than SAM CLI.
$(CHECKOV): local/requirements-checkov.txt $(UV)
	@echo 'Installing checkov into .local/checkov'
	@$(PYTHON) -m venv --clear .local/checkov
	@$(BIN)/uv pip install --quiet --no-deps --python .local/checkov/bin/python -r $<
	@touch $@

# uv installs the pinned packages in seconds; pip would take a minute.
INSTALL := $(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python

$(UV):
	@echo 'Making a virtual environment in $(VENV)'
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=…")'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@touch $@

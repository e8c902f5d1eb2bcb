# What a person does in this checkout. Nothing is needed beforehand but Python 3.11 to 3.13, make and a package index.

.DEFAULT_GOAL := help
.PHONY: help demo test foundations check format bench evals references sandbox wheel bundles clients clean

# The environment that an activated one or a host may have left here is none of ours.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Tests start the server a hundred times: without its compiled modules each start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS := never
export UV := $(CURDIR)/.uv/bin/uv
# A studio's own certificate authority is in the system's list, not in uv's.
CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem)
export UV_SYSTEM_CERTS ?= $(if $(CERTIFICATES),true,false)
BIN := .venv/bin
# Each process has a Kitsu of its own; more of them than this would only wait for each other.
TESTS := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1	\2/p' Makefile

demo: .venv/.ready ## a real session on a sandbox Kitsu, in the terminal
	@$(BIN)/mcp-server-kitsu demo

test: .venv/.ready ## every test but the next, against a sandbox Kitsu
	@$(TESTS) -m 'not foundations'

foundations: .venv/.ready ## the slow tests of what seldom changes: the sandbox itself, the references to Zou and gazu
	@$(TESTS) -m foundations

check: .venv/.ready ## what must pass before a change goes in: format, lint, types, tests
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run make format."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright
	@$(TESTS)

format: .venv/.ready ## format the code and mend what ruff can
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

bench: .venv/.ready ## measure, and play 1,000 writes that go wrong, by hand; ARGS=measures or ARGS=faulted for one
	@cd tests && ../$(BIN)/python -m bench $(ARGS)

evals: .venv/.ready ## play an agent against the sandbox and score it: AGENT='claude -p {prompt} …'; without, list the tasks
	@$(BIN)/python -m evals $(if $(AGENT),--agent '$(AGENT)',--list) $(ARGS)

references: .venv/.ready ## write the generated parts of references/ anew, from the sandbox Kitsu and the locked gazu
	@cd tests && ../$(BIN)/python -m references

sandbox: .venv/.ready ## start the sandbox Kitsu and say how to use it
	@$(BIN)/kitsu-sandbox up

wheel: .venv/.ready ## build the wheel, install it into a clean environment and ask it for its tools
	@.ci/wheel

bundles: .venv/.ready ## write the bundles for other hosts into dist/: Agent Plugins, Claude Desktop, MCP Registry
	@$(BIN)/python -m bundles

clients: .venv/.ready ## drive the real Claude Code and the MCP conformance suite; needs node 20, npm and git
	@.ci/clients

clean: ## remove what was made here; sandbox data and Zou's packages stay
	rm -rf .venv .uv dist build .pytest_cache .ruff_cache tests/hosts/node_modules
	find server tools sandbox bundles evals tests -name __pycache__ -type d -exec rm -rf {} +

.venv/.ready: pyproject.toml sandbox/pyproject.toml uv.lock .ci/setup
	@.ci/setup

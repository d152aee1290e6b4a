# The front door. Every verb works from a fresh clone: it installs what it needs (Debian 12, as root or with sudo).
# Variables: LISTEN, PORT, DATA and MEDIALITH_* for `run`; SUITES="unit api" for `test` and `test-all`; JOBS.
.DEFAULT_GOAL := help
.PHONY: help run build test test-all test-fresh prove bench soak fuzz fmt lint docs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## set up, build and start the server with its page on http://127.0.0.1:8787 over ./data
	@tools/build.sh --run

build: ## set up and build build/release/medialith
	@tools/build.sh

test: ## the gate: lints, unit tests with and without sanitizers, fuzzers, every suite's main flow
	@tools/test.sh gate

test-all: ## the gate with every long part, and test-fresh
	@tools/test.sh all

test-fresh: ## the README's two commands in a fresh Debian 12 (a chroot; needs root)
	@tools/fresh.sh

prove: ## kill the server again and again and count what was lost
	@tools/test.sh prove

bench: ## measure against this machine's own limits and print the table
	@tools/test.sh bench

soak: ## the random tests for hours
	@tools/test.sh soak

fuzz: ## run the fuzzers for long: FUZZ=name picks one, FUZZ_SECONDS=600 each
	@tools/test.sh fuzz

fmt: ## format the code
	@tools/lint.sh fmt

lint: ## format check, layers, clang-tidy, links in the documentation
	@tools/lint.sh

docs: ## write docs/reference from the program
	@tools/docs.sh

clean: ## remove what was built; data/ stays
	rm -rf build console/dist console/node_modules tests/*/node_modules

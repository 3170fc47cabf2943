# GoModel's chores. `make` lists them; CI runs `make lint test` and nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Build results live outside the checkout, one cache for all working copies.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/gomodel-target
TOOLS := $(CARGO_TARGET_DIR)/tools
export PATH := $(TOOLS)/bin:$(PATH)

CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ_VERSION := 0.13.2
FUZZ_SECONDS ?= 60
HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

.PHONY: help run test lint fix bench bench-smoke bench-micro fuzz docs dist

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## Build without link-time optimisation and serve on :8080; a demo provider answers until a real one is set
	cargo build --locked --profile quick -p gomodel
	DEMO_PROVIDER_ENABLED="$${DEMO_PROVIDER_ENABLED:-auto}" exec "$(CARGO_TARGET_DIR)/quick/gomodel"

test: ## Unit, property and black-box tests, the official SDKs as clients, the fuzz corpora, a smoke run of the bench
	cargo build --locked -p gomodel -p bench
	$(call packages,python3 -m ensurepip --version && npm --version,python3-venv nodejs npm)
	tests/sdk/install.sh
	cargo test --locked --workspace
	$(MAKE) --no-print-directory bench-smoke

lint: $(TOOLS)/bin/cargo-deny ## Formatting, clippy, rustdoc, licences and bans, house rules, generated pages
	$(call component,rustfmt)
	$(call component,clippy)
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --workspace --no-deps --document-private-items --quiet
	cargo deny --locked check --hide-inclusion-graph licenses bans sources
	cargo xtask tidy
	cargo xtask docs --check

fix: ## Format, apply clippy's suggestions, write the generated pages
	cargo fmt --all
	cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
	cargo xtask docs

docs: ## Write the generated pages (docs/settings.md)
	cargo xtask docs

bench: ## Measure against nginx in the same run; one table into bench/results (BENCH_ARGS for the bench's own options)
	$(call packages,PATH="$$PATH:/usr/sbin" command -v nginx,nginx-light)
	cargo build --locked --release -p gomodel
	cargo build --locked --profile bench-run -p bench
	"$(CARGO_TARGET_DIR)/bench-run/bench" run --gateway "$(CARGO_TARGET_DIR)/release/gomodel" $(BENCH_ARGS)

bench-smoke: ## Run every case of the bench with tiny counts: it works, nothing is judged
	cargo build --locked -p gomodel -p bench
	against=direct; ! PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || against=nginx,direct; \
	  "$(CARGO_TARGET_DIR)/debug/bench" smoke --against "$$against"

bench-micro: ## What each decoder and encoder costs: ns and allocations per body, frame and event (BENCH_ARGS: part of a row's name)
	cargo bench --locked -p dialects --bench micro --profile bench-run -- $(BENCH_ARGS)

fuzz: $(TOOLS)/bin/cargo-fuzz ## Fuzz every decoder, FUZZ_SECONDS (60) each; needs a nightly toolchain
	for target in $$(cargo +nightly fuzz list); do \
	  cargo +nightly fuzz run "$$target" -- -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048; \
	done

dist: ## The release binary as dist/gomodel-VERSION-HOST.tar.gz, with its SHA-256
	cargo build --locked --release -p gomodel
	mkdir -p dist
	tar -C "$(CARGO_TARGET_DIR)/release" --owner=0 --group=0 --mtime=@0 -czf "dist/gomodel-$(VERSION)-$(HOST).tar.gz" gomodel
	cd dist && sha256sum "gomodel-$(VERSION)-$(HOST).tar.gz" | tee "gomodel-$(VERSION)-$(HOST).tar.gz.sha256"

# A toolchain component, added if rustup installed the toolchain without it.
component = cargo $(if $(filter rustfmt,$(1)),fmt,$(1)) --version >/dev/null 2>&1 || rustup component add $(1)

# Debian packages, where a check fails and we are root; elsewhere the step that needs them says what it lacks.
packages = { $(1); } >/dev/null 2>&1 || [ "$$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null \
	|| { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(2); }

$(TOOLS)/bin/cargo-deny:
	cargo install --locked cargo-deny --version $(CARGO_DENY_VERSION) --root "$(TOOLS)"

$(TOOLS)/bin/cargo-fuzz:
	cargo install --locked cargo-fuzz --version $(CARGO_FUZZ_VERSION) --root "$(TOOLS)"

# The contents of scripts/. Every recipe is one script, which also runs without just.

# List the recipes.
default:
    @just --list

# Start database, backend, edge and the mini-program in a browser page, with demo data.
dev *args:
    scripts/dev {{ args }}

# Set up what is missing and run every test (--all: on both database servers; --cluster: failover, by itself).
test *args:
    scripts/test {{ args }}

# Fail over clusters of databases, and play a rolling release (one file of tests/cluster, or all).
test-cluster *args:
    scripts/test-cluster {{ args }}

# Install what is missing.
setup *args:
    scripts/setup {{ args }}

# Build the rules for JavaScript: Node, browsers, WeChat.
build-wasm:
    scripts/build-wasm

# Build the worker.
build-edge:
    scripts/build-edge

# Build the desk's page.
build-desk:
    scripts/build-desk

# Show what would be deployed, and its size.
check-deploy:
    scripts/check-deploy

# Check that the mini-program is configured for an upload.
check-upload *args:
    scripts/check-upload {{ args }}

# Check the alert rules with promtool.
check-alerts:
    scripts/check-alerts

# Check licences, sources and banned crates.
deny:
    scripts/deny

# Measure the backend against its own bare statements.
bench *args:
    scripts/bench {{ args }}

# Measure the edge against a plain JavaScript worker.
bench-edge *args:
    scripts/bench-edge {{ args }}

# Keep the present build as the release that later ones must go on serving.
keep-release *args:
    scripts/keep-release {{ args }}

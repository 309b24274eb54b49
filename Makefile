# SPDX-License-Identifier: AGPL-3.0-or-later
# make run | test | bench | format | lint | clean

SHELL := /bin/bash
BUILD := swift build -c release
PRECINCT := .build/release/precinct
PYTHON := .venv/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: run build test unit acceptance bench format lint floors clean packages-build packages-test packages-bench

run: build
	$(PRECINCT) demo

build: packages-build
	@mkdir -p .build
	$(BUILD) --build-tests
	@git archive --format=tar.gz --prefix=precinct/ -o .build/release/precinct-source.tar.gz HEAD 2>/dev/null \
		|| echo "Not a git checkout: the site can't offer its own source."

test: packages-test build lint unit acceptance

# Unit and store tests, the latter on SQLite and on a PostgreSQL cluster made for this run.
unit:
	pg_virtualenv -t -o fsync=off -o max_connections=400 Scripts/unit-tests

# A real browser against a real server.
acceptance: .venv/ready
	pg_virtualenv -t -o fsync=off Scripts/acceptance-tests

.venv/ready: Tests/Acceptance/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet -r $<
	touch $@

bench: packages-bench build
	python3 Tests/Bench/bench.py

format:
	swift format format --in-place --recursive --parallel Sources Tests Package.swift

lint: floors
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

floors:
	python3 Scripts/floors.py

clean:
	rm -rf .build .venv build

packages-build:
	@Scripts/packages run build

packages-test:
	@Scripts/packages run build test

packages-bench:
	@Scripts/packages run build bench

# What a person types. `make run` and `make test` do their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SOURCES := bot.py cogs services rehearsal migrations tests bench

.PHONY: help setup run demo test lint format soak bench lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: $(STAMP)  ## a virtual environment from the pinned files

$(STAMP): requirements.txt requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jamboree needs Python 3.11 or newer; say which: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.txt
	touch $(STAMP)

run: setup  ## the bot; without a Discord token and a WaveSpeed key, the rehearsal room on localhost
	@$(BIN)/python -m rehearsal

demo: setup  ## two members make music, headless; MP3s in rehearsal-out/
	@$(BIN)/python -m rehearsal.demo

test: setup  ## every test
	$(BIN)/python -m pytest -m "not soak"

soak: setup  ## campaigns of minutes
	$(BIN)/python -m pytest -m soak -n 0 --timeout 1800

bench: setup  ## measurements
	$(BIN)/python -m bench

lint: setup  ## ruff and pyright
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/pyright

format: setup  ## ruff's formatting, in place
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lock: setup  ## pin the newest versions again
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --no-header pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --no-header pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean:  ## everything that `make` made
	rm -rf $(VENV) rehearsal-out .pytest_cache .ruff_cache .hypothesis

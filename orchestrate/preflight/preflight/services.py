"""The platforms' APIs and dbt Cloud: one cheap call each."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from preflight.report import reason

if TYPE_CHECKING:
    from preflight.plugins import Plugin
    from preflight.report import Report

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Platform:
    """A platform's cheapest call that needs its key.

    Attributes:
        title: Its name.
        url: Setting that holds its address.
        path: What is asked for.
        key: Setting that holds its key, if it wants one.
        header: Header that carries the key.
        page: Where keys are made.
        is_optional: Whether the pipeline runs without a key.
    """

    title: str
    url: str
    path: str
    key: str | None = None
    header: str = "X-API-Key"
    page: str = ""
    is_optional: bool = False


PLATFORMS = (
    Platform(
        "TMDB",
        "tmdb_api_url",
        "/authentication",
        "tmdb_access_token",
        "Authorization",
        "https://www.themoviedb.org/settings/api",
    ),
    Platform("TVmaze", "tvmaze_api_url", "/shows/1"),
    Platform(
        "Streaming Availability",
        "sa_api_url",
        "/countries/us",
        "sa_api_key",
        page="https://developers.movieofthenight.com",
        is_optional=True,
    ),
    # Takes no credit.
    Platform(
        "Watchmode",
        "watchmode_api_url",
        "/status/",
        "watchmode_api_key",
        page="https://api.watchmode.com/requestApiKey",
        is_optional=True,
    ),
)


def check_platforms(plugin: Plugin, report: Report) -> None:
    """Ask each platform once.

    Args:
        plugin: The extractor; addresses that nobody sets are those that it says are its defaults.
        report: Told what is found.
    """
    try:
        config = {**_defaults(plugin), **_given(plugin)}
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        fix = "meltano install"
        report.fail(plugin.name, f"{plugin.executable} --about fails: {reason(error)}", fix)
        return
    for platform in PLATFORMS:
        _check_platform(platform, config, plugin, report)


def _given(plugin: Plugin) -> dict[str, Any]:
    return {name: value for name, value in plugin.config.items() if value not in (None, "")}


def _defaults(plugin: Plugin) -> dict[str, Any]:
    done = subprocess.run(
        [plugin.executable, "--about", "--format=json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=60,
    )
    properties = json.loads(done.stdout)["settings"]["properties"]
    return {name: setting.get("default") for name, setting in properties.items()}


def _check_platform(
    platform: Platform, config: dict[str, Any], plugin: Plugin, report: Report
) -> None:
    subject = f"{plugin.name}: {platform.title}"
    key = str(config.get(platform.key) or "") if platform.key else None
    variable = plugin.set_by(platform.key or platform.url)
    if key == "" and platform.is_optional:
        report.skip(subject, f"no {variable}, so its tables stay empty; keys: {platform.page}")
        return
    url = str(config[platform.url])
    host = urlsplit(url).hostname or ""
    headers = {"User-Agent": str(config.get("user_agent") or "")}
    if key:
        name = "X-RapidAPI-Key" if host.endswith(".rapidapi.com") else platform.header
        headers[name] = f"Bearer {key}" if name == "Authorization" else key
    try:
        answer = _get(url.rstrip("/") + platform.path, headers)
    except requests.RequestException as error:
        report.fail(subject, f"{host} does not answer ({type(error).__name__})", f"see {url}")
        return
    if answer.status_code in (401, 403):
        what = f"{host} refuses the key ({answer.status_code})"
        report.fail(subject, what, f"set {variable}; keys: {platform.page}")
    elif answer.status_code == requests.codes.too_many_requests:
        report.warn(subject, f"{host} answers 429, too many requests", "try again later")
    elif answer.ok or (key is None and answer.status_code == requests.codes.not_found):
        report.ok(subject, f"{host} {'takes the key' if key else 'answers'}")
    else:
        what = f"{host} answers {answer.status_code}"
        report.fail(subject, what, f"see {plugin.set_by(platform.url)}, and the platform's status")


def check_dbt_cloud(plugin: Plugin, report: Report) -> None:
    """Ask dbt Cloud for the job that is to be started."""
    config = plugin.config
    url = str(config["url"]).rstrip("/")
    url = url if "://" in url else f"https://{url}"
    path = f"/api/v2/accounts/{config['account_id']}/jobs/{config['job_id']}/"
    try:
        answer = _get(url + path, {"Authorization": f"Token {config['token']}"})
    except requests.RequestException as error:
        what = f"{urlsplit(url).hostname} does not answer ({type(error).__name__})"
        report.fail(plugin.name, what, f"set {plugin.set_by('url')}")
        return
    if answer.status_code in (401, 403):
        what = f"the token is refused ({answer.status_code})"
        fix = f"set {plugin.set_by('token')} to a service token with the permission Job Admin"
        report.fail(plugin.name, what, fix)
    elif answer.ok and answer.headers.get("Content-Type", "").startswith("application/json"):
        report.ok(plugin.name, f"job {config['job_id']} can be seen")
    else:
        what = f"no job {config['job_id']} in account {config['account_id']} ({answer.status_code})"
        report.fail(plugin.name, what, f"set {plugin.set_by('url', 'account_id', 'job_id')}")


def _get(url: str, headers: dict[str, str]) -> requests.Response:
    with requests.Session() as session:
        session.headers.update(headers)
        # Else a .netrc of the machine would replace the key.
        session.auth = lambda request: request
        return session.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)

"""Settings."""

import re
from pathlib import Path

import pytest

from warehouse.errors import SettingsError
from warehouse.settings import PROJECT_ROOT, Settings, load_settings, make_home

pytestmark = pytest.mark.unit


def test_everything_lies_under_the_home_folder(settings: Settings) -> None:
    """With nothing set, each source and the database lie under the home folder."""
    assert settings.operational == f"sqlite:///{settings.home}/sources/operational.db"
    for folder in (settings.pings, settings.planning, settings.weather_files):
        assert folder.is_relative_to(settings.home)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("app_port", "eighty", "MOOW_APP_PORT is 'eighty'"),
        ("app_port", "70000", "MOOW_APP_PORT"),
        ("warehouse_url", "mysql://x", "postgresql://"),
        ("operational_url", "oracle://x/y", "mysql"),
        ("operational_url", "words", "MOOW_OPERATIONAL_URL"),
        ("travel_times", "by_magic", "straight_line"),
        ("tile_url", "https://tiles.example/map.png", "{z}"),
        ("tile_url", "httpnonsense{z}{x}{y}", "MOOW_TILE_URL is 'httpnonsense.* an http or https"),
        ("tile_url", "https:///{z}/{x}/{y}.png", "for instance https://tiles.example.org/"),
        ("tile_url", "https://our tiles/{z}/{x}/{y}.png", "for instance https://"),
        ("log_level", "LOUD", "WARNING"),
        ("user_hash_key", "short", "MOOW_USER_HASH_KEY is 'short'; it should be a text with at"),
        ("seed", "-1", "MOOW_SEED is '-1'; it should be greater than or equal to 0"),
        ("seed", "abc", "MOOW_SEED is 'abc'; it should be a whole number$"),
        ("operational_url", "sqlite://", "names the file"),
        ("prefect_api_url", "foo", "http://prefect:4200/api"),
        ("prefect_api_url", "http://", "http://prefect:4200/api"),
        ("prefect_api_url", "http://prefect:port/api", "http://prefect:4200/api"),
        ("app_host", "no such host", "for instance 127.0.0.1"),
        ("home", "/dev/null", "MOOW_HOME is .*; /dev/null is none"),
        ("operational_url", "mysql://reader:secret@db/moow", r"mysql\+pymysql"),
        ("warehouse_url", "postgresql://moow:se cret@db/moow?foo=bar", "MOOW_WAREHOUSE_URL"),
        ("planning_sheet", "our planning sheet", "MOOW_PLANNING_SHEET is 'our planning sheet'"),
        ("google_credentials", '{"client_email": "a@b"}', "the JSON key of a service account"),
        ("weather", "sunny", "'files' or 'meteostat'"),
        ("meteostat_endpoint", "https://data.example/", "an address with {year} and {station}"),
        ("weather_history_days", "1096", "MOOW_WEATHER_HISTORY_DAYS"),
        ("gbfs_feeds", "Paris=/srv/paris", "a short name of small letters"),
        ("operational_url", "mysql+pymysql://reader:x@db:port/moow", "for instance mysql"),
        ("prefect_api_url", "prefect:4200/api", "http://prefect:4200/api"),
        ("forecast_retention_days", "6", "MOOW_FORECAST_RETENTION_DAYS is '6'"),
        ("ride_retention_days", "6", "MOOW_RIDE_RETENTION_DAYS is '6'"),
        ("ping_retention_days", "13", "MOOW_PING_RETENTION_DAYS is '13'"),
        ("home", f"{__file__}/moow", "MOOW_HOME is .* a folder that can be made"),
        ("warehose_url", "postgresql://db/moow", "did you mean MOOW_WAREHOUSE_URL"),
    ],
)
def test_a_wrong_setting_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """The sentence names the setting, the value and what is allowed."""
    monkeypatch.setenv(f"MOOW_{name.upper()}", value)
    with pytest.raises(SettingsError, match=says):
        load_settings(_env_file=None)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "http://127.0.0.1:8080/{z}/{x}/{y}.png",
        "https://{s}.tiles.example/{z}/{x}/{y}.png?key=k",
    ],
)
def test_an_address_of_tiles_is_taken(value: str) -> None:
    """With a port, with a key, with a server of several; or none at all."""
    assert load_settings(tile_url=value, _env_file=None).tile_url == value


def test_the_example_file_names_every_setting() -> None:
    """Each setting stands in it once, commented out, and nothing that is none."""
    text = (PROJECT_ROOT / ".env.example").read_text()
    named = re.findall(r"^# (\w+)=", text, re.M)
    assert sorted(named) == sorted(f"MOOW_{name.upper()}" for name in Settings.model_fields)


@pytest.mark.parametrize("name", ["warehouse_url", "operational_url"])
def test_a_password_is_never_repeated(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A wrong address is quoted without its password."""
    monkeypatch.setenv(f"MOOW_{name.upper()}", "oracle://reader:hunter2@db/moow")
    with pytest.raises(SettingsError) as caught:
        load_settings(_env_file=None)
    assert "hunter2" not in str(caught.value)


def test_the_key_of_a_feed_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong list of feeds is quoted without the keys in it, and settings do not show them."""
    good = "town=https://feeds.example/gbfs.json?api_key=hunter2"
    monkeypatch.setenv("MOOW_GBFS_FEEDS", f"{good},Town=/srv")
    with pytest.raises(SettingsError) as caught:
        load_settings(_env_file=None)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("MOOW_GBFS_FEEDS", good)
    assert "hunter2" not in repr(load_settings(_env_file=None))


def test_a_private_key_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that are no service account's are not quoted at all, nor shown with settings."""
    monkeypatch.setenv("MOOW_GOOGLE_CREDENTIALS", '{"private_key": "hunter2"}')
    with pytest.raises(SettingsError) as caught:
        load_settings(_env_file=None)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("MOOW_GOOGLE_CREDENTIALS", "/run/secrets/hunter2.json")
    assert "hunter2" not in repr(load_settings(_env_file=None))


@pytest.mark.parametrize(
    "value",
    [
        "1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz",
        "https://docs.google.com/spreadsheets/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz/edit#gid=0",
    ],
)
def test_a_spreadsheet_is_known_by_key_or_address(value: str) -> None:
    """Either is taken, the key is what is kept."""
    made = load_settings(planning_sheet=value, _env_file=None)
    assert made.planning_sheet == "1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz"


@pytest.mark.parametrize("name", ["MOOW_WAREHOSE_URL", "moow_warehose_url"])
def test_a_misspelt_setting_of_the_file_is_refused(tmp_path: Path, name: str) -> None:
    """It is named with the file; what is right there, or of others, is taken."""
    file = tmp_path / ".env"
    file.write_text("MOOW_SEED=8\nWAREHOUSE_PASSWORD=hunter2\nMOOW_DBT_HOST=db\n")
    assert load_settings(_env_file=file).seed == 8
    with file.open("a") as lines:
        lines.write(f"{name}=postgresql://db/moow\n")
    with pytest.raises(SettingsError, match=r"\.env\) is no setting; did you mean MOOW_WAREHOUSE"):
        load_settings(_env_file=file)


def test_a_file_of_settings_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """The file is named."""
    file = tmp_path / ".env"
    file.write_bytes(b"MOOW_SEED=\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(_env_file=file)


def test_a_home_is_made_where_it_can_be(settings: Settings) -> None:
    """It is made when it can; what only looks like a folder to write to is refused."""
    make_home(settings)
    assert settings.home.is_dir()
    for folder in ("/proc/x", "/proc"):
        with pytest.raises(SettingsError, match=f"MOOW_HOME is '{folder}'"):
            make_home(settings.model_copy(update={"home": Path(folder)}))


def test_a_secret_is_made_once(settings: Settings) -> None:
    """A secret is made on first use, kept, and readable by its owner only."""
    made = settings.hash_key()
    path: Path = settings.home / "secrets" / "user_hash_key"
    assert settings.hash_key() == made == path.read_text()
    assert path.stat().st_mode & 0o077 == 0

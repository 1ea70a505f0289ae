"""What the handbook says of ``docker-compose.yml``."""

import re

import pytest
import yaml

from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.unit


def test_the_handbook_names_every_service_and_password() -> None:
    """Its section on Compose tells what each service is, and what has to be set."""
    text = (PROJECT_ROOT / "docker-compose.yml").read_text()
    handbook = (PROJECT_ROOT / "docs" / "operations.md").read_text()
    (section,) = re.findall(r"^## With Docker Compose$(.*?)^## ", handbook, re.M | re.S)
    for service in yaml.safe_load(text)["services"]:
        assert f"`{service}`" in section
    for password in re.findall(r"\$\{(\w+):\?", text):
        assert password in section

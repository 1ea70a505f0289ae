import re

import pytest

from worker_app.actions import PROBLEMS
from worker_app.texts import LANGUAGES, text, texts

pytestmark = pytest.mark.unit


def places(sentence: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", sentence))


def test_both_languages_say_the_same() -> None:
    """Each text is there in both languages, with the same places for values."""
    english, greek = (texts(language) for language in LANGUAGES)
    for key in english:
        assert english[key]
        assert greek[key]
        assert places(english[key]) == places(greek[key]), key


def test_each_problem_has_words() -> None:
    """Each reason the server takes has words on the phone."""
    assert set(PROBLEMS) <= set(texts("el"))


def test_unknown_language_gets_english() -> None:
    """A language we do not speak falls back to English."""
    assert text("locked", "fr", wait_s=30) == "Too many tries. Wait 30 seconds and try again."

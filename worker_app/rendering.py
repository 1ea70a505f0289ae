"""The pages that need no Panel: the sign-in, the one for no network, a sentence with a way back."""

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from worker_app.texts import texts

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)


def rendered(template: str, language: str, *, status: int = 200, **values: str) -> HTMLResponse:
    """Return a page of the folder ``templates`` in the worker's language."""
    page = _TEMPLATES.get_template(template)
    return HTMLResponse(page.render(language=language, texts=texts(language), **values), status)


def sentence_page(sentence: str, language: str, status: int) -> HTMLResponse:
    """Return a page that says why there is nothing to see, and leads back to the start."""
    return rendered("sentence.html", language, status=status, sentence=sentence)

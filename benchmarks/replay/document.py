"""A report as one file: with its style sheet, with nothing from elsewhere, light or dark as the reader's machine is."""

from html import escape
from importlib.resources import files


def document(title: str, header: str, main: str, footer: str) -> str:
    """The whole page. `header` and `main` are HTML, title and footer plain text."""
    style = files("benchmarks.replay").joinpath("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f"<header><h1>{escape(title)}</h1>{header}</header><main>{main}</main>"
        f"<footer>{escape(footer)}</footer></body></html>\n"
    )

"""The documentation is true: its Python and shell blocks run and its links lead somewhere.

The blocks of a page run in order and share their names, in a folder that is thrown away: empty, or
with the files that ``tests/support/page_files.py`` has for the page. A block that starts with
``>>>`` is a doctest, a ``text`` block after a shell block what that prints. A block that must not
run, because it needs a cluster, an account or a download, stands after ``<!-- skip: next -->``.
"""

from __future__ import annotations

import doctest
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import page_files
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from page_shell import Shell
from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(DOCS.glob("**/*.md")),
]

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES]
)


@each_page
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, servers = tmp_path / "page", tmp_path / "servers"
    folder.mkdir()
    servers.mkdir()
    monkeypatch.chdir(folder)
    page_files.write(page.name, folder)
    shell = Shell(servers)
    python = PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)
    parsers = (python, *shell.parsers, SkipParser())
    document = Document.parse(str(page), *parsers)
    # Functions defined in a page are looked up by module name, as those of a script are.
    document.namespace["__name__"] = "__main__"
    try:
        for example in document.examples():
            example.evaluate()
    finally:
        shell.stop()


def test_the_list_of_functions_is_current() -> None:
    module = runpy.run_path(str(DOCS / "function_list.py"))
    assert module["page"]() == module["PAGE"].read_text(encoding="utf-8"), (
        "make it anew: python docs/function_list.py"
    )


@each_page
def test_links_resolve(page: Path) -> None:
    broken = [link for link in links(page) if not resolves(page, link)]
    assert not broken, f"{page.relative_to(ROOT)} links to what is not there: {broken}"


def links(page: Path) -> Iterator[str]:
    """Targets of the links and images of a page that stay inside the repository."""
    for token in tokens(page):
        target = str(token.attrGet("href") or token.attrGet("src") or "")
        if target and not urlsplit(target).scheme:
            yield target


def resolves(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """Names of the headings of a page, formed as GitHub forms them."""
    stream = tokens(page)
    headings = [
        stream[at + 1].content for at, token in enumerate(stream) if token.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def tokens(page: Path) -> list[Token]:
    blocks = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    return [token for block in blocks for token in (block, *(block.children or ()))]

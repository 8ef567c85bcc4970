"""What the site has beyond the pages of ``docs``, for MkDocs: ``make site``.

Pages that stand elsewhere in the repository (the README is the first page), a page for each file
that a page links to, so that no link leads out of the site, and the reference, made of docstrings.
"""

from __future__ import annotations

import inspect
import posixpath
import re
import runpy
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    **{
        path.relative_to(ROOT).as_posix(): f"examples/{path.parent.name}.md"
        for path in sorted(ROOT.glob("examples/*/README.md"))
    },
    **{
        path.relative_to(ROOT).as_posix(): f"measured/{path.name}"
        for path in sorted(ROOT.glob("benchmarks/results/*.md"))
    },
}
"""The pages outside of ``docs``, and where in the site they are."""

LINK = re.compile(r"(\]\()([^)\s#:]+)(#[^)]*)?(\))")
PICTURE = ".svg"
LANGUAGES = {".py": "python", ".sh": "sh", ".yaml": "yaml", ".toml": "toml", ".json": "json"}


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages that ``docs`` does not have."""
    for source, page in PAGES.items():
        add(files, config, page, (ROOT / source).read_text(encoding="utf-8"))
    for page, text in reference().items():
        add(files, config, page, text)
    for source in sorted(linked()):
        add(files, config, file_page(source), shown(source))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:
    """Have the links of a page, which hold in the repository, hold in the site."""
    here = page.file.src_uri
    source = {site: source for source, site in PAGES.items()}.get(here, f"docs/{here}")

    def moved(match: re.Match[str]) -> str:
        before, link, anchor, after = match.groups()
        target = resolved(source, link)
        if target is None:
            return match.group()
        to = posixpath.relpath(in_site(target), posixpath.dirname(here) or ".")
        return f"{before}{to}{anchor or ''}{after}"

    return LINK.sub(moved, with_reference(markdown) if here == "functions.md" else markdown)


def add(files: Files, config: Any, page: str, text: str) -> None:
    files.append(File.generated(config, page, content=text))


# -- links ----------------------------------------------------------------------------------------


def resolved(source: str, link: str) -> str | None:
    """What in the repository a link of a page leads to; None for what is not there."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    return target if (ROOT / target).exists() else None


def in_site(target: str) -> str:
    """The page of the site that shows a file or folder of the repository."""
    readme = f"{target}/README.md"
    if target in PAGES or readme in PAGES:
        return PAGES.get(target) or PAGES[readme]
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    return file_page(target)


def file_page(target: str) -> str:
    return f"files/{target}" if target.endswith(PICTURE) else f"files/{target}.md"


def linked() -> set[str]:
    """The files and folders outside of ``docs`` that pages link to, and that are no pages."""
    found = set()
    for source in [*PAGES, *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]:
        for match in LINK.finditer((ROOT / source).read_text(encoding="utf-8")):
            target = resolved(source, match[2])
            if target and in_site(target) == file_page(target):
                found |= {target, *inside(target)}
    return found


def inside(folder: str) -> list[str]:
    """The files of a folder: a page that lists them links to theirs."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def shown(source: str) -> str:
    """The page of a file, or of a folder; a picture is shown as it is."""
    if source.endswith(PICTURE):
        return (ROOT / source).read_text(encoding="utf-8")
    title = f"---\nsearch:\n  exclude: true\n---\n# {source}\n\n"
    if (ROOT / source).is_dir():
        folder = PurePosixPath(file_page(source)).parent
        return title + "".join(
            f"- [{name}]({PurePosixPath(file_page(name)).relative_to(folder)})\n"
            for name in inside(source)
        )
    text = (ROOT / source).read_text(encoding="utf-8")
    language = LANGUAGES.get(PurePosixPath(source).suffix, "text")
    return f"{title}````{language}\n{text}\n````\n"


# -- the reference --------------------------------------------------------------------------------


def groups() -> dict[str, list[str]]:
    found = runpy.run_path(str(ROOT / "docs" / "function_list.py"))["GROUPS"]
    return {title: names.split() for title, names in found.items()}


def reference_page(title: str) -> str:
    return f"reference/{re.sub(r'[^a-z]+', '-', title.lower()).strip('-')}.md"


def reference() -> dict[str, str]:
    """A page for each group of public names."""
    return {
        reference_page(title): f"# {title}\n" + "".join(f"\n::: {home(name)}\n" for name in names)
        for title, names in groups().items()
    }


def home(name: str) -> str:
    """Where a public name is defined: what is loaded when first used has no other."""
    import taurus_beam as tb

    found = getattr(tb, name)
    return found.__name__ if inspect.ismodule(found) else f"{found.__module__}.{found.__name__}"


def with_reference(markdown: str) -> str:
    """The list of functions, each name linked to its documentation."""
    for title, names in groups().items():
        for name in names:
            at = f"{reference_page(title)}#{home(name)}"
            markdown = markdown.replace(f"| `tb.{name}` |", f"| [`tb.{name}`]({at}) |")
    return markdown

"""The rules of the house that no ready-made tool knows, read from the source without running it.

Each rule yields findings as ``path:line: what is wrong``; no finding means the rule holds.
The tables below are data: an exception is one line with its reason, and a line whose reason
has gone is to be deleted.

Weakness: purity looks at the imports a file names, not at what those import in turn; the
floors contract of import-linter and review cover the rest.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import polib

import wording

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "daoda"

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400
MEASURED_SUFFIXES = {".py", ".html", ".txt", ".sql"}

SHIPPED = ("src", "tests", "scripts", "docs", "requirements", ".ci")
FLOORS = ("records", "trade", "delivery", "care", "watch", "doors")

# docs/floors.md, "One page, one package". A file may become a folder of that name.
PACKAGE_NAMES = frozenset(
    {"__init__", "models", "states", "rules", "actions", "queries", "reactions", "loops", "jobs"}
    | {"adapters", "tests", "apps", "migrations", "admin", "urls", "views", "forms"}
    | {"templates", "static", "statements.sql"}
)
# Further names, by package, each with its reason.
PACKAGE_EXTRAS: dict[str, dict[str, str]] = {
    "records/accounts": {
        "roles": "what each role may do is one table, read by every door",
        "throttles": "rate limits that hold across processes, asked for by every door",
        "backends": "Django's own name for how a sign-in finds its user",
    },
    "doors/inbound": {
        "intake": "what arrives together is stored in one commit",
        "suppliers": "the door of suppliers, whose notices come one by one",
    },
    "doors/live": {"tail": "one reader of the journal for all open pages of a process"},
    "doors/api": {
        "keys": "whose a request is and how often it may ask, before any view",
        "problems": "every failure in one table and one shape (RFC 9457)",
        "schemas": "the API's word for forms: what is asked and answered, published as OpenAPI",
    },
    "doors/web/buyer": {
        "access": "the one place that decides who sees an order",
        "drafts": "what was typed, sealed between the two confirmations",
        "limits": "how often a visitor may try",
    },
    "doors/web/account": {"gate": "whose session it is, and the one guard of a buyer's own pages"},
    "doors/web/staff": {"gate": "the one guard of every page of staff"},
}

# Files that decide: plain values in, plain values out, time an argument.
PURE_NAMES = frozenset({"rules", "states", "roles"})
IMPURE_ROOTS = frozenset({"django", "psycopg", "psycopg_pool", "ninja", "aiohttp", "os", "time"})
IMPURE_PARTS = frozenset({"models", "actions", "queries", "loops", "jobs", "clock", "http", "wake"})
CLOCK_CALLS = frozenset({"now", "utcnow", "today"})

# Words that comfort and say nothing, and the word people hate: docs/laws.md.
EMPTY_COMFORT = re.compile(
    "耐心等待|正在加急处理|加急处理中|已反馈技术部门|相关部门已介入|尽快处理|尽快为您|请稍候再|待处理"
    r"|(?<![\w-])(?:please wait patiently|please be patient|as soon as possible"
    r"|thank you for your patience|pending)(?![\w-])",
    re.IGNORECASE,
)
SHOWN_SUFFIXES = {".html", ".txt", ".po"}

# Where software is fetched from, and where this was written, are no business of the repository.
FOREIGN = re.compile(
    r"https?://[^\s\"')]*(?:pypi|pythonhosted|npmjs|registry|artifactory|nexus|devpi|mirror)"
    r"|--(?:extra-)?index-url|--trusted-host|--find-links|(?<![\w.*>}])/(?:work|root)/",
    re.IGNORECASE,
)
BINARY_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".ico", ".mo", ".woff2", ".gz", ".pdf"}


def source_files(*, suffixes: set[str] | None = None) -> Iterator[Path]:
    """Files git tracks or would track, sorted; those of `suffixes` only, if given."""
    for name in _listed():
        path = ROOT / name
        if path.is_file() and (suffixes is None or path.suffix in suffixes):
            yield path


def _listed() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        # An unpacked archive: what lies in the folders we ship.
        found = [p for top in SHIPPED for p in (ROOT / top).rglob("*") if p.suffix != ".pyc"]
        return sorted(str(p.relative_to(ROOT)) for p in [*found, *ROOT.glob("*.*")])
    return sorted(set(told.split("\0")) - {""})


def budgets() -> Iterator[str]:
    """A function fits a screen and a file fits a sitting; migrations are Django's own."""
    for path in source_files(suffixes=MEASURED_SUFFIXES):
        inside = path.relative_to(ROOT)
        if "migrations" in inside.parts or inside.parts[0] not in {"src", "tests", "scripts"}:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MODULE_LINES_MAX:
            yield f"{inside}:1: {lines} lines, the budget is {MODULE_LINES_MAX}"
        if path.suffix == ".py":
            yield from _long_functions(inside, ast.parse(text, filename=str(inside)))


def _long_functions(inside: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield (
                    f"{inside}:{node.lineno}: {node.name} has {lines} lines, "
                    f"the budget is {FUNCTION_LINES_MAX}"
                )


def purity() -> Iterator[str]:
    """Rules, states and roles touch no database, no frame, no clock."""
    for path in source_files(suffixes={".py"}):
        if path.is_relative_to(SOURCE) and _is_pure(path):
            tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            for line, what in _impurities(tree):
                yield f"{path.relative_to(ROOT)}:{line}: a pure file may not use {what}"


def _is_pure(path: Path) -> bool:
    inside = path.relative_to(SOURCE)
    if "tests" in inside.parts or inside.parts[0] not in FLOORS:
        return False
    return path.stem in PURE_NAMES or bool(PURE_NAMES & set(inside.parts[:-1]))


def _impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in CLOCK_CALLS:
                yield node.lineno, f".{node.func.attr}(): time is an argument"
            continue
        else:
            continue
        for name in names:
            parts = name.split(".")
            inward = parts[0] == "daoda" and IMPURE_PARTS & set(parts)
            if inward or parts[0] in IMPURE_ROOTS:
                yield node.lineno, name


def shape() -> Iterator[str]:
    """A package holds only the names every package may hold, so a reader knows where to look."""
    for package in _packages():
        inside = package.relative_to(SOURCE).as_posix()
        extras = PACKAGE_EXTRAS.get(inside, {})
        if not (package / "__init__.py").exists():
            yield f"src/daoda/{inside}: no __init__.py with its one page"
        elif not ast.get_docstring(ast.parse((package / "__init__.py").read_text())):
            yield f"src/daoda/{inside}/__init__.py:1: says not what it owns"
        for entry in sorted(package.iterdir()):
            if entry.name == "__pycache__":
                continue
            name = entry.stem if entry.suffix == ".py" else entry.name
            if name not in PACKAGE_NAMES and name not in extras:
                yield f"src/daoda/{inside}/{entry.name}: not a name a package may hold"
    for inside, extras in PACKAGE_EXTRAS.items():
        for name in extras:
            if not list((SOURCE / inside).glob(f"{name}*")):
                yield f"scripts/house.py: {inside}/{name} is gone, delete its exception"


def _packages() -> Iterator[Path]:
    for floor in FLOORS:
        for package in sorted((SOURCE / floor).glob("[a-z]*/")):
            if package.is_dir() and any(package.rglob("*.py")):
                yield from _parts_of(package)


def _parts_of(package: Path) -> Iterator[Path]:
    """`doors/web` is several packages, one per reader; every other folder is one."""
    if package.name != "web":
        yield package
        return
    for part in sorted(package.glob("[a-z]*/")):
        if part.name not in PACKAGE_NAMES | {"templatetags"} and any(part.rglob("*.py")):
            yield part


def vocabulary() -> Iterator[str]:
    """No page comforts instead of saying what, who and when."""
    for path in source_files(suffixes=SHOWN_SUFFIXES):
        inside = path.relative_to(ROOT)
        if inside.parts[0] != "src":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if found := EMPTY_COMFORT.search(line):
                yield f"{inside}:{number}: '{found.group()}' is empty comfort: say who and by when"


def hosts() -> Iterator[str]:
    """The repository names no package registry and no path of a builder's machine."""
    for path in source_files():
        if path == Path(__file__).resolve() or path.suffix in BINARY_SUFFIXES:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if found := FOREIGN.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: names '{found.group()}'"


def messages() -> Iterator[str]:
    """Every text is translated into every language there is, and compiled."""
    wanted = {(text.context, text.text): where for where, text in reversed(list(_texts()))}
    for path in source_files(suffixes={".po"}):
        inside = path.relative_to(ROOT)
        source = polib.pofile(str(path))
        known = {(entry.msgctxt, entry.msgid) for entry in source if not entry.obsolete}
        for text in wanted.keys() - known:
            yield f"{wanted[text]}: not in {inside}: {text[1]!r}"
        for entry in [*source.untranslated_entries(), *source.fuzzy_entries()]:
            yield f"{inside}:{entry.linenum}: not translated: {entry.msgid!r}"
        compiled = path.with_suffix(".mo")
        if not compiled.exists():
            yield f"{inside}: not compiled"
        elif _meanings(polib.mofile(str(compiled))) != _meanings(source):
            yield f"{compiled.relative_to(ROOT)}: differs from its source, compile it again"


def _texts() -> Iterator[tuple[str, wording.Text]]:
    for path in source_files(suffixes={".py", ".html", ".txt"}):
        inside = path.relative_to(ROOT)
        shown = path.suffix == ".py" or "templates" in inside.parts
        if inside.parts[0] == "src" and shown and "tests" not in inside.parts:
            for line, text in wording.asked(path):
                yield f"{inside}:{line}", text


def _meanings(catalogue: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], object]:
    """Message to translation; one form is compared as text, several as their numbered forms."""
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr
        for entry in catalogue
        if not entry.obsolete
    }


RULES: dict[str, Callable[[], Iterator[str]]] = {
    "budgets": budgets,
    "purity": purity,
    "shape": shape,
    "vocabulary": vocabulary,
    "hosts": hosts,
    "messages": messages,
}

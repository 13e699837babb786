"""Keep the translations: `make messages`.

    python scripts/messages.py             take up new texts, drop unused ones, compile
    python scripts/messages.py FILE.json   and fill in translations from {text: translation}

English is written in the code; Chinese stands in src/daoda/locale/zh_Hans/LC_MESSAGES/django.po.
Neither xgettext nor msgfmt is needed: the compiled file is committed. What is still untranslated
is listed, and the exit status is then 1.
"""

import json
import sys
from pathlib import Path

import polib

import wording

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "daoda"
CATALOGUE = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "zh_Hans",
    "Plural-Forms": "nplurals=1; plural=0;",
}


def main(files: list[str]) -> int:
    """Take up texts, fill in what the files know, write and compile."""
    catalogue = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile()
    catalogue.metadata = HEADER
    kept = _kept(catalogue)
    known: dict[str, str] = {}
    for file in files:
        known |= json.loads(Path(file).read_text(encoding="utf-8"))
    known |= {key.partition("\x04")[2]: said for key, said in known.items() if "\x04" in key}
    fresh = polib.POFile()
    fresh.metadata = HEADER
    for text in sorted(_wanted(), key=lambda text: (text.text, text.context or "")):
        said = kept.get((text.context, text.text)) or known.get(text.text, "")
        fresh.append(_entry(text, said))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    fresh.save(str(CATALOGUE))
    fresh.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    missing = [entry.msgid for entry in fresh if not entry.translated()]
    for text_missing in missing:
        print(f"not translated: {text_missing!r}")
    print(f"{len(fresh)} texts, {len(missing)} not translated")
    return 1 if missing else 0


def _kept(catalogue: polib.POFile) -> dict[tuple[str | None, str], str]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr or entry.msgstr_plural.get(0, "")
        for entry in catalogue
        if not entry.obsolete
    }


def _wanted() -> set[wording.Text]:
    """Every text asked for; a text asked for with a plural anywhere has it everywhere."""
    found: dict[tuple[str | None, str], wording.Text] = {}
    for path in sorted(SOURCE.rglob("*")):
        shown = path.suffix == ".py" or (
            path.suffix in {".html", ".txt"} and "templates" in path.parts
        )
        if shown and "tests" not in path.parts:
            for _line, text in wording.asked(path):
                key = (text.context, text.text)
                if key not in found or text.plural:
                    found[key] = text
    return set(found.values())


def _entry(text: wording.Text, said: str) -> polib.POEntry:
    if text.plural:
        return polib.POEntry(
            msgctxt=text.context,
            msgid=text.text,
            msgid_plural=text.plural,
            msgstr_plural={0: said},
            flags=["python-format"] if "%(" in text.text else [],
        )
    return polib.POEntry(
        msgctxt=text.context,
        msgid=text.text,
        msgstr=said,
        flags=["python-format"] if "%(" in text.text else [],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

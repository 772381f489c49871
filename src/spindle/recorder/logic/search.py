"""Searching in names: what a person typed, whatever the case, as a regular expression of PostgreSQL's.

Names are compared byte by byte there, so that the order is the same everywhere; then only this knows that Å is å.
"""

import unicodedata


def pattern(typed: str) -> str:
    return "".join(map(_letter, unicodedata.normalize("NFC", typed)))


def _letter(letter: str) -> str:
    if not letter.isalnum():
        return letter if letter == " " or ord(letter) > 127 else f"\\{letter}"
    cases = {letter, *(case for case in (letter.lower(), letter.upper(), letter.title()) if len(case) == 1)}
    return letter if len(cases) == 1 else f"[{''.join(sorted(cases))}]"

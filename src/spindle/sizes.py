"""How many bytes, for people."""

_UNITS = ((2**40, "TB"), (2**30, "GB"), (2**20, "MB"), (2**10, "kB"))


def size(of: int) -> str:
    """`1.4 GB`, `199 MB`, `512 bytes`."""
    for unit, word in _UNITS:
        if of >= unit:
            return f"{of / unit:.1f} {word}" if of < 10 * unit else f"{of // unit} {word}"
    return f"{of} bytes"

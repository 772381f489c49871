"""Where a page may send a browser that asks to be sent somewhere: to one of ours."""


def ours(place: str) -> str:
    """The place, or Now if it leads to somebody else: browsers take `//` and `/\\` for another host."""
    is_ours = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if is_ours else "/"

"""A short bar in a row of a table, beside its number."""

from markupsafe import Markup

_SHARE = Markup('<svg class="share" aria-hidden="true"><rect class="bar" width="{width}%" height="100%" rx="2"/></svg>')


def share(value: int, most: int) -> Markup:
    return _SHARE.format(width=round(100 * value / most, 2) if most else 0)

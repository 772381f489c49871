"""Album covers, drawn from their ids, so that nothing is asked of Spotify's picture servers."""

from random import Random

from starlette.requests import Request
from starlette.responses import Response

from spindle.simulator.worlds.ids import draws

_PALETTES = (
    ("#0f2027", "#2c5364", "#f2c14e"),
    ("#41295a", "#2f0743", "#ff9a8b"),
    ("#134e5e", "#71b280", "#fdf6e3"),
    ("#cb356b", "#3b1c32", "#ffd6a5"),
    ("#1d2b64", "#f8cdda", "#ff5e5b"),
    ("#283c86", "#45a247", "#ffe66d"),
    ("#ff7e5f", "#723147", "#feb47b"),
    ("#232526", "#566573", "#e0fbfc"),
)


async def image(request: Request) -> Response:
    drawn = svg(str(request.path_params["id"]))
    return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "public, max-age=604800"})


def svg(own: str) -> str:
    rng = draws(own)
    top, bottom, ink = rng.choice(_PALETTES)
    shapes = "".join(rng.choice((_circle, _bar, _arc))(rng, ink) for _ in range(rng.randint(2, 5)))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 640" width="640" height="640">'
        f'<defs><linearGradient id="g" gradientTransform="rotate({rng.randrange(90)})">'
        f'<stop offset="0" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/></linearGradient></defs>'
        f'<rect width="640" height="640" fill="url(#g)"/>{shapes}</svg>'
    )


def _circle(rng: Random, ink: str) -> str:
    x, y, r = rng.randrange(80, 560), rng.randrange(80, 560), rng.randrange(40, 220)
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{ink}" opacity="{rng.uniform(0.15, 0.8):.2f}"/>'


def _bar(rng: Random, ink: str) -> str:
    y, height = rng.randrange(640), rng.randrange(6, 90)
    return f'<rect y="{y}" width="640" height="{height}" fill="{ink}" opacity="{rng.uniform(0.1, 0.5):.2f}"/>'


def _arc(rng: Random, ink: str) -> str:
    x, y, r, wide = rng.randrange(640), rng.randrange(640), rng.randrange(90, 360), rng.randrange(4, 36)
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="none" stroke="{ink}" stroke-width="{wide}" opacity="0.6"/>'

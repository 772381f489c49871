"""The login page: who are you, and do you allow this."""

from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from urllib.parse import urlencode

from spindle.simulator.listeners import Listener
from spindle.simulator.worlds.ids import number

_MOST = 60
"""More people than this are no list to choose from."""
_SCOPES = {
    "user-read-recently-played": "See what you have recently played",
    "user-read-email": "See your e-mail address",
    "user-read-private": "See your country and the kind of your subscription",
    "user-library-read": "See the music that you have saved",
    "user-library-modify": "Change the music that you have saved",
    "playlist-read-private": "See your private playlists",
    "playlist-read-collaborative": "See your collaborative playlists",
    "playlist-modify-public": "Change your public playlists",
    "playlist-modify-private": "Change your private playlists",
}
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in to the simulated Spotify</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --ink: #16181d; --soft: #5d6470; --line: #dfe2e8; --card: #fff; --ground: #eef0f4;
  --go: #3447d4 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceef2; --soft: #9aa2b1; --line: #333844; --card: #1d2028; --ground: #121419; --go: #8f9bff }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 27rem; padding: 2rem; border: 1px solid var(--line); border-radius: 1rem;
  background: var(--card) }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.25 }
p { margin: 0; color: var(--soft) }
fieldset { margin: 1.5rem 0; padding: 0; border: 0; max-height: 21rem; overflow: auto }
legend { padding: 0; margin-bottom: .5rem; font-weight: 600 }
label { display: flex; align-items: center; gap: .75rem; padding: .6rem .75rem; margin: 2px 2px .4rem; cursor: pointer;
  border: 1px solid var(--line); border-radius: .65rem }
label:has(:checked) { border-color: var(--go); box-shadow: inset 0 0 0 1px var(--go) }
label:has(:focus-visible) { outline: 2px solid var(--go); outline-offset: 1px }
input { accent-color: var(--go) }
.face { display: grid; place-items: center; width: 2.25rem; height: 2.25rem; border-radius: 50%; color: #fff;
  font-weight: 600; font-size: .85rem }
ul { margin: .25rem 0 1.5rem; padding-left: 1.2rem }
.answers { display: flex; gap: .75rem }
button { flex: 1; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 2rem; background: none;
  color: inherit; font: inherit; font-weight: 600; cursor: pointer }
button[value=allow] { border-color: var(--go); background: var(--go); color: var(--card) }
small { display: block; margin-top: 1.25rem; color: var(--soft) }
</style>
</head>
<body>
<main>
<h1>Allow this application?</h1>
<p>The application <strong>$client</strong> asks for access to an account of this simulated Spotify.</p>
<form method="post" action="/login?$query">
<fieldset><legend>Who is listening?</legend>
$people
</fieldset>
<strong>It will be able to</strong>
<ul>
$scopes
</ul>
<div class="answers">
<button name="answer" value="deny">Cancel</button>
<button name="answer" value="allow">Agree</button>
</div>
<small>Nobody here is real, and nothing leaves this machine.</small>
</form>
</main>
</body>
</html>
""")


def page(people: Sequence[Listener], asked: Mapping[str, str]) -> str:
    scopes = [_SCOPES.get(scope, scope) for scope in asked.get("scope", "").split()] or ["See your public profile"]
    return _PAGE.substitute(
        client=escape(asked["client_id"]),
        query=escape(urlencode(asked)),
        people="\n".join(_choice(one, at == 0) for at, one in enumerate(people[:_MOST])),
        scopes="\n".join(f"<li>{escape(scope)}</li>" for scope in scopes),
    )


def _choice(listener: Listener, first: bool) -> str:
    initials = "".join(word[0] for word in listener.name.split()[:2]).upper()
    hue, checked = number(listener.id) % 360, " checked" if first else ""
    return (
        f'<label><input type="radio" name="listener" value="{escape(listener.id)}" required{checked}>'
        f'<span class="face" style="background: hsl({hue} 45% 30%)" aria-hidden="true">{escape(initials)}</span>'
        f"<span>{escape(listener.name)}</span></label>"
    )

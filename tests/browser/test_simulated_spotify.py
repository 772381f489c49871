"""The page on which the simulated Spotify asks people whether they agree."""

from chromium import Person
from living import Spotify

_ASKED = "client_id=anyone&response_type=code&redirect_uri=http://127.0.0.1:1/callback&scope=user-read-email&state=x"


def test_nobody_is_kept_from_answering(person: Person, spotify: Spotify) -> None:
    person.goes_to(f"{spotify.address}/authorize?{_ASKED}")

    person.sees("Who is listening?", "See your e-mail address", "Agree", "Cancel")
    assert person.obstacles() == []

"""Which days are known, what somebody chooses, and removing them: by keyboard alone, and without scripts."""

from chromium import Person
from living import Spindle, Spotify
from selenium.webdriver.common.by import By
from terminal import until


def test_a_day_is_found_by_keyboard_alone_and_says_what_is_known_of_it(
    guest: Person, spindle: Spindle, spotify: Spotify
) -> None:
    user = linked(spindle, spotify)["user"]

    guest.goes_to(f"{spindle.address}/coverage/{user}")
    guest.sees("Is it all there?")
    assert guest.obstacles() == []
    year, day = guest.waits_for(lambda: newest(guest))
    guest.types_to(f"{year} as a table")
    guest.types_to(day)

    guest.sees("What is known", "Who has proven which time", "What was played")
    assert guest.obstacles() == []


def test_without_scripts_a_zone_is_chosen_and_a_listener_removed(
    guest: Person, spindle: Spindle, spotify: Spotify
) -> None:
    known = linked(spindle, spotify)
    name, place = known["name"], f"{spindle.address}/listeners/{known['user']}"
    for page in ("/settings", f"/listeners/{known['user']}", f"/listeners/{known['user']}/remove"):
        guest.goes_to(f"{spindle.address}{page}")
        assert guest.obstacles() == [], page

    with guest.without_scripts():
        guest.goes_to(place)
        guest.finds("#zone").clear()
        guest.fills_in("Time zone", "kathmandu")
        guest.presses("Save")
        guest.sees(f"{name}'s days are those of Asia/Kathmandu")
        guest.presses(f"Remove {name} …")
        guest.sees("What goes, for good", f"{known['plays']:,} plays (none of which has come with an import")
        guest.fills_in("Type the name", name)
        guest.presses(f"Remove {name}")
        guest.sees(f"{name} is removed")


def linked(spindle: Spindle, spotify: Spotify) -> dict[str, str]:
    """Somebody new, of whom everything that Spotify shows is recorded."""
    listener = spotify.newcomer()
    name = listener["display_name"]
    spindle.link(listener)
    assert until(lambda: spindle.knows(name)["initial_sync"]["completed_at"], 60)
    found: dict[str, str] = spindle.knows(name)
    return found


def newest(person: Person) -> tuple[str, str]:
    """The newest year, and a day in its table."""
    year = person.chrome.find_element(By.CSS_SELECTOR, ".sheet[id^=year-]")
    day = year.find_element(By.CSS_SELECTOR, "td a").get_attribute("textContent") or ""
    return (year.get_attribute("id") or "").removeprefix("year-"), day

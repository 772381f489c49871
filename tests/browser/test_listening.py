"""What somebody heard, from a bar to a single play."""

from chromium import Person
from living import Spindle, Spotify
from selenium.webdriver.common.by import By
from terminal import until


def heard(spindle: Spindle, spotify: Spotify) -> str:
    """The id of somebody who has listened for some weeks."""
    listener = spotify.newcomer()
    spindle.link(listener)
    name = listener["display_name"]
    assert until(lambda: spindle.knows(name)["initial_sync"]["completed_at"], 60)
    return str(spindle.knows(name)["user"])


def test_bars_lead_from_weeks_to_plays_by_keyboard_alone(guest: Person, spindle: Spindle, spotify: Spotify) -> None:
    place = f"{spindle.address}/listening/{heard(spindle, spotify)}?period=all&by=week"

    guest.goes_to(place)
    guest.sees("Hours of the week", "Top tracks", "Top artists", "Top albums", "Days in a row")
    assert guest.waits_for(lambda: unfolded(guest))
    assert guest.obstacles() == []
    guest.goes_to(place)
    week = bar(guest)
    guest.types_to(week)
    guest.sees("Plays by day", week.partition(":")[0])
    day = bar(guest)
    guest.types_to(day)

    guest.sees("Seen by", day.partition(":")[0])
    assert len(guest.chrome.find_elements(By.CSS_SELECTOR, ".plays-line li")) > 0
    assert guest.obstacles() == []
    guest.types_to("Artists")
    guest.sees("Artists, those heard most first")
    assert guest.obstacles() == []


def test_without_scripts_numbers_are_read_and_plays_are_found(
    guest: Person, spindle: Spindle, spotify: Spotify
) -> None:
    user = heard(spindle, spotify)

    guest.goes_to(f"{spindle.address}/listening/{user}")
    with guest.without_scripts():
        guest.goes_to(f"{spindle.address}/listening/{user}?period=all")
        guest.finds("#course-table summary").click()
        guest.sees("In which something was heard")
        guest.finds(".picking summary").click()
        guest.follows("2 min")
        guest.sees("Counted are 120 seconds or more")
        artist = guest.finds(".artists .what").text
        guest.follows("Plays")
        guest.finds("#search").send_keys(artist)
        guest.presses("Find")
        guest.sees("Everything")
        told = [each.text for each in guest.chrome.find_elements(By.CSS_SELECTOR, ".plays-line .by")]

    assert told
    assert all(artist in each for each in told)


def unfolded(person: Person) -> bool:
    """All tables."""
    for table in person.chrome.find_elements(By.CSS_SELECTOR, ".numbers:not([open]) summary"):
        table.click()
    return True


def bar(person: Person) -> str:
    """What the first one says."""
    return str(person.finds(".chart.bars a").get_attribute("aria-label"))


def test_sums_and_bars_grow_while_somebody_looks_at_them(guest: Person, spindle: Spindle, spotify: Spotify) -> None:
    listener = spotify.newcomer()
    spotify.slow_down(listener["id"])
    spindle.link(listener)
    user = spindle.knows(listener["display_name"])["user"]

    guest.goes_to(f"{spindle.address}/listening/{user}?period=all")
    first = guest.waits_for(lambda: seen(guest))
    with guest.stays():
        assert guest.waits_for(lambda: seen(guest)[0] > first[0] and seen(guest)[1] > first[1])


def seen(person: Person) -> tuple[int, int]:
    """Plays, and bars."""
    plays = person.chrome.find_element(By.CSS_SELECTOR, ".sums dd").text.split()[0]
    return int(plays.replace(",", "")), len(person.chrome.find_elements(By.CSS_SELECTOR, ".chart.bars a"))

"""Handing over what Spotify sends on request."""

from pathlib import Path

from chromium import Person
from living import Spindle, Spotify
from selenium.webdriver.common.by import By
from terminal import until


def test_an_export_gets_a_receipt_and_can_be_taken_back(
    guest: Person, spindle: Spindle, spotify: Spotify, tmp_path: Path
) -> None:
    listener = spotify.newcomer()
    name = listener["display_name"]
    spindle.link(listener)
    assert until(lambda: spindle.knows(name)["initial_sync"]["completed_at"], 60)
    before = spindle.knows(name)
    export = spotify.export(listener["id"], tmp_path / "my_spotify_data.zip")

    guest.goes_to(f"{spindle.address}/import?user={before['user']}")
    assert guest.obstacles() == []
    guest.fills_in(f"Files for {name}", export)
    guest.presses("Import")

    guest.sees("What became of every row, file by file", "Streaming_History_Audio_")
    assert guest.obstacles() == []
    receipt = row(guest, "All")
    assert receipt["Rows"] == sum(number for column, number in receipt.items() if column != "Rows") > 300
    assert spindle.knows(name)["plays"] == before["plays"] + receipt["New"] + receipt["Short"]

    guest.presses("Undo this import")
    guest.sees("It was undone")
    assert spindle.knows(name)["plays"] == before["plays"]


def row(person: Person, first: str) -> dict[str, int]:
    """The numbers of a row of the receipt, by the names of their columns."""
    names = person.waits_for(lambda: [cell.text for cell in person.chrome.find_elements(By.CSS_SELECTOR, "th")])
    cells = person.waits_for(lambda: person.chrome.find_element(By.XPATH, f"//tr[td[1]='{first}']")).text.split()
    return {name: int(cell.replace(",", "")) for name, cell in zip(names[1:], cells[1:], strict=True)}

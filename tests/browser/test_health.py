"""Whether everything is well: what takes longer arrives while somebody looks, and a dead letter is given up."""

from chromium import Person
from living import Spindle


def test_the_doctor_answers_while_it_is_watched_and_a_letter_is_dropped_by_keyboard_alone(
    guest: Person, spindle: Spindle
) -> None:
    number = spindle.letter()

    guest.follows("Health")
    with guest.stays():
        guest.sees("as they should be", "How long logins last")
        assert guest.obstacles() == []
    guest.types_to(f"Drop … (letter {number})")
    guest.sees(f"Drop dead letter {number}?", "never recorded")
    assert guest.obstacles() == []
    guest.types_to("Drop it for good")

    guest.sees(f"Dead letter {number}: dropped")


def test_without_scripts_it_is_asked_for_and_opened_by_links(guest: Person, spindle: Spindle) -> None:
    number = spindle.letter()

    with guest.without_scripts():
        guest.goes_to(f"{spindle.address}/health")
        guest.waits_for(lambda: _shown(guest))
        guest.follows(str(number))
        guest.sees("What it holds", "nonsense")
        guest.presses("Drop …")
        guest.presses("Drop it for good")
        guest.sees("dropped")


def _shown(guest: Person) -> bool:
    """All that the doctor found; until then the page says how to see whether it is there."""
    if "See whether it is ready" in guest.text:
        guest.presses("See whether it is ready")
        return False
    return "as they should be" in guest.text

"""People who do not exist, with telephone numbers that nobody has: Ofcom keeps 07700 900000 to 900999 for drama."""

from itertools import product

FIRST_NAMES = (
    "Ada",
    "Ben",
    "Cleo",
    "Dov",
    "Elif",
    "Finn",
    "Gita",
    "Hugo",
    "Iris",
    "Jun",
    "Kofi",
    "Lena",
    "Milo",
    "Nia",
)
LAST_NAMES = ("Example", "Sample", "Placeholder", "Specimen", "Fictional", "Pretend", "Imaginary")
NAMES = tuple(f"{first} {last}" for last, first in product(LAST_NAMES, FIRST_NAMES))
NUMBERS = 1_000


def number_of(person: int) -> str:
    """A number of the reserved range; people who are a thousand apart share one."""
    return f"+447700900{person % NUMBERS:03d}"


def name_of(person: int) -> str:
    """A name that nobody takes for a real one; the same number always has the same name."""
    return NAMES[person % NUMBERS % len(NAMES)]

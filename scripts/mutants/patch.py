"""How a breakage is put in place: `setattr`, or something that undoes it afterwards."""

from collections.abc import Callable
from typing import Any

Patch = Callable[[Any, str, Any], None]
Mutant = Callable[[Patch], None]
"""A function that removes one guarantee, by what it is given to break with. Its first line says which."""

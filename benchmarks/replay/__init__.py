"""`strowger replay`: a recorded or made-up day of a call center, played through the running system."""

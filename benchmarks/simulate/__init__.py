"""`strowger simulate`: scenarios and recorded days in virtual time, by the engine's own rules."""

"""A day of a clinic, with the rhythm of the recorded bank on an ordinary day of February 1999."""

from datetime import date

from benchmarks.replay.synthetic import CallKind, Shape, Turn

APPOINTMENTS = CallKind("appointments", 0.66, 110.0, 1.1)
NEW_PATIENTS = CallKind("new-patients", 0.25, 58.0, 1.1)
BILLING = CallKind("billing", 0.09, 175.0, 1.2)
KINDS = (APPOINTMENTS, NEW_PATIENTS, BILLING)
EVERYTHING = tuple(kind.name for kind in KINDS)
MOST = EVERYTHING[:2]

BUSY_DAY = Shape(
    name="A busy day",
    day=date(2024, 1, 8),
    opens_h=7.0,
    calls=(
        *(15, 26, 38, 62, 51, 57, 61, 63, 59, 54, 46, 49, 77, 57, 58, 55, 57),
        *(54, 64, 63, 50, 46, 48, 42, 35, 33, 28, 35, 34, 42, 35, 25, 26, 18),
    ),
    kinds=KINDS,
    turns=(
        Turn("aster", EVERYTHING, 7.0, 15.0),
        Turn("briar", EVERYTHING, 7.0, 15.5),
        Turn("cedar", MOST, 7.0, 15.0),
        Turn("dahlia", MOST, 8.0, 16.0),
        Turn("elder", EVERYTHING, 8.0, 16.5),
        Turn("fern", MOST, 8.5, 14.0),
        Turn("gorse", MOST, 9.0, 17.0),
        Turn("hazel", EVERYTHING, 10.0, 18.0),
        Turn("iris", MOST, 13.0, 21.0),
        Turn("juniper", EVERYTHING, 14.5, 23.0),
        Turn("kale", EVERYTHING, 15.0, 23.5),
        Turn("laurel", MOST, 15.5, 24.0),
        Turn("maple", MOST, 16.0, 24.0),
        Turn("nettle", EVERYTHING, 16.5, 24.0),
        Turn("olive", MOST, 17.5, 22.0),
    ),
    priority_share=0.24,
    patience_mean_s=380.0,
    impatient_share=0.06,
)

"""Every written breakage, and where it must be noticed: by a world under these faults, or by these unit tests."""

import msgspec

from actors.simulation.faults import CALM, FaultPlan
from scripts.mutants import processes, rules
from scripts.mutants.patch import Mutant


class Written(msgspec.Struct, frozen=True):
    """One breakage. `plan`: the faults under which worlds are lived through; `seeds`: those that noticed before.

    `tests`: unit tests for a second line of defence that no world reaches while the first one stands.
    """

    mutant: Mutant
    plan: FaultPlan = CALM
    seeds: tuple[int, ...] = ()
    tests: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.mutant.__name__

    @property
    def sentence(self) -> str:
        """What is broken."""
        return (self.mutant.__doc__ or "").strip().partition("\n")[0]


REFUSING = FaultPlan(commit_refused=0.05)
UNCERTAIN = FaultPlan(commit_hangs=0.05, commit_answer_lost=0.05, double=0.15)
SILENT = FaultPlan(commit_answer_lost=0.05, delay_ms_mean=50)
CRASHING = FaultPlan(kill_every_s=2.0, lose=0.2)
USURPED = FaultPlan(pause_every_s=2.0, usurp_every_s=3.0)
CROWDED = FaultPlan(usurp_every_s=1.0, pause_every_s=2.0)
DOUBLED = FaultPlan(double=0.1)

CATALOGUE = (
    Written(processes.no_fence, USURPED),
    Written(processes.taken_back, tests=("tests/unit/actors/test_shard_ownership.py",)),
    Written(processes.losses_survived, tests=("tests/unit/actors/test_shard_ownership.py",)),
    Written(processes.answers_before_commit, REFUSING),
    Written(processes.frames_before_commit, REFUSING),
    Written(processes.questions_before_commit, REFUSING),
    Written(processes.decided_while_committing, UNCERTAIN),
    Written(processes.not_asked_after_recovery, CRASHING, seeds=(6,)),
    Written(processes.never_asked_again, FaultPlan(lose=0.1)),
    Written(processes.zombie_answers, tests=("tests/unit/actors/test_shard_ownership.py",)),
    Written(processes.older_owner_heard, tests=("tests/unit/actors/test_shard_ownership.py",)),
    Written(processes.gaps_ignored, SILENT),
    Written(processes.snapshot_ahead_of_journal, FaultPlan(commit_refused=0.2), seeds=(1,)),
    Written(processes.tail_ignored, FaultPlan(kill_every_s=4.0)),
    Written(processes.deadlines_forgotten),
    Written(processes.time_runs_back, FaultPlan(clock_skew_ms=1_500, kill_every_s=1.5), seeds=(7,)),
    Written(processes.rows_written_twice, CROWDED),
    Written(rules.dedupe_forgotten, DOUBLED),
    Written(rules.ends_forgotten, DOUBLED, seeds=(3,)),
    Written(rules.place_lost),
    Written(rules.last_come_first_served, seeds=(2,)),
    Written(rules.late_vote_wins, FaultPlan(lose=0.4), seeds=(6,)),
    Written(rules.capacity_unchecked, FaultPlan(delay_ms_mean=50)),
    Written(rules.eligibility_unchecked),
    Written(rules.early_deadlines, seeds=(2,)),
    Written(rules.silence_unnoticed),
    Written(rules.two_offers_at_once, FaultPlan(delay_ms_mean=60, double=0.2)),
    Written(rules.choice_overridden, seeds=(1,)),
    Written(rules.absence_read_as_ended, tests=("tests/unit/engine/test_roster_offers.py",)),
    Written(rules.owner_behind_answers, tests=("tests/unit/engine/test_switchboard_offers.py",)),
    Written(rules.expired_commands_decided, tests=("tests/unit/engine/test_commands.py",)),
)

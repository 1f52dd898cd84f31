"""`strowger bench calls`: open-loop load through the running system, with yardsticks from the same run."""

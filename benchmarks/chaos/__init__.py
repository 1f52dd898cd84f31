"""`strowger chaos`: real faults on real processes under load, judged by the load client's ledger and the journal."""

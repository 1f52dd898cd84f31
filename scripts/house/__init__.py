"""The whole of Strowger on one machine: what `strowger run` starts, watches and stops."""

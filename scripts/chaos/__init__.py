"""Houses that `strowger chaos` may do anything to, each with folders, ports and servers of its own."""

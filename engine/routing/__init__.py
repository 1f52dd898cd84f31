"""Who gets whom: an index of waiting calls and free agents, and the strategies that choose between them."""

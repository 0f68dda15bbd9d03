"""Links to other nodes: who they are, what waits for them, what came from them, and what they may send."""

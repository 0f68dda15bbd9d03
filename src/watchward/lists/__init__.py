"""What this node's controls are told to block, and the servers from which they read it."""

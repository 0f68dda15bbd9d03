"""What hurts patients most, and what would happen if something failed: as people ask it of the console."""

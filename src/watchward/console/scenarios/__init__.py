"""What-ifs that people keep, set side by side, and put before a board."""

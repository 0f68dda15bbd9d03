"""Intelligence: what is known of attackers, what of it may be shared with whom, and how it protects."""

"""What rules can see with the events that really arrive."""

"""What the rules in force and the data that really arrives can see, by technique of attackers."""

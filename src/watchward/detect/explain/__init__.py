"""Why a rule matches an event, and why it does not."""

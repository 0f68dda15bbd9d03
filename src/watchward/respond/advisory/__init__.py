"""High severity alerts: what one says and whom it concerns, what becomes of an answer, and what is proposed."""

"""High severity alerts: who is asked, who answers, and who is late."""

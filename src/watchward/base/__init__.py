"""Words that everyone uses: errors with advice, the clock, the audit vocabulary. Vocabulary, never helpers."""

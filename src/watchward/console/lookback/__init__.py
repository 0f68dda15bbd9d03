"""Looking back: what rules would have found, asked by people, answered by the worker."""

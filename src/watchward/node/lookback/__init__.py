"""Looking back: what a rule would have found in the events that the lake keeps."""

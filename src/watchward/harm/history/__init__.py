"""The model set against incidents of the past: what was published, what it predicts, and how well that fits."""

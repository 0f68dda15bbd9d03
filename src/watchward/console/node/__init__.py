"""The node itself: its health, its versions, and the work that it does on a schedule."""

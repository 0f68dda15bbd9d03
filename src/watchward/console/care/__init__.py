"""What care organisations give and what it needs: stored, shown and refined."""

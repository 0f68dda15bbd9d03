"""What `detect` finds, stored and shown: rules, alerts and what people did about them, and hunts."""

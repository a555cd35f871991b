"""Which surveys are due after a training, and who is asked again (indicator 30)."""

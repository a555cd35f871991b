"""What to do about a kind of alert, and the message to start from: ours, or the organisation's own."""

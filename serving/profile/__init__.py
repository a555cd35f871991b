"""What each person changes of their own account."""

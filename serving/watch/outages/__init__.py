"""What is said of a kind of record that goes quiet, and when it is back."""

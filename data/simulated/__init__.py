"""How learners are made up: their hidden states, what they do, what they write, and what is recorded of it."""

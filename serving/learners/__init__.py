"""One learner, and the learners a mentor follows."""

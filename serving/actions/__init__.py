"""What a person did for a learner."""

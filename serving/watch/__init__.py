"""What the data scientist reads: the model that serves, its reports."""

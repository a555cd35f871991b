"""The API and the pages mentors and quality teams use."""

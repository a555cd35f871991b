"""The glossary's key figures: counted from the records, told with their formula, suppressed before they leave."""

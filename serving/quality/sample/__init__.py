"""The auditor's sample: enrolments drawn at random by a seed that is shown, each with its complete chain."""

"""What an organisation commits to: the standard it is audited on, its procedure, the courses they hold for."""

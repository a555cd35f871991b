"""The journal and the register of prevention."""

"""Sign-in by the organisation's own accounts (OpenID Connect)."""

"""Challengers: trained by the daily run where asked, scored in the shadow, and put to a person who decides."""

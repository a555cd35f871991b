"""Labels, splits, models, evaluation and registry."""

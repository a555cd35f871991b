"""What is missing before the audit: gaps between what happened and its proof."""

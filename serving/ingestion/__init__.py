"""xAPI statements pushed to us: keys of the programs that push, what they sent, and its import."""

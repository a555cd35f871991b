"""The pack of proof: what an auditor takes away, the same to the byte for the same data and the same day."""

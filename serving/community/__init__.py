"""The community as one mentor sees it: who waits for an answer, who is alone, and the glossary's figures."""

"""The work of every morning: import, score, alerts, messages, watch; once, resumed where it stopped."""

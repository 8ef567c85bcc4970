"""Real clusters on the Java machine: what they are made of, and how they start and end."""

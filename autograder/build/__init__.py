"""Chapter source → assignment, and the proofs that its checks are right."""

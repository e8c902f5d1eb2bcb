"""Evaluations: what a person asks an agent, played on a sandbox Kitsu and scored by what is true afterwards."""

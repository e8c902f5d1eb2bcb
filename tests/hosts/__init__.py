"""Real hosts driven by hand, to see what a person sees of the gate; pytest collects nothing here."""

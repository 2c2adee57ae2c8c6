"""Train on logged releases, hold the candidate against the live model, and log a proposal or a refusal."""

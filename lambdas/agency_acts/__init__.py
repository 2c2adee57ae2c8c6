"""What an agency's people decide: proposals, approvals, vetoes, bundles, and the trail of it all."""

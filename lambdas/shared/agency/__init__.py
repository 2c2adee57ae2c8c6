"""What an agency's own people work on: drafts, proposals and acts, each within one agency."""

"""From an agency's files to the bundle that every device fetches: judged, signed, logged and made live."""

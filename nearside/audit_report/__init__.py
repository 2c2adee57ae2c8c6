"""What an audit found, as text, as JSON, as CSV, and as a folder with every proof."""

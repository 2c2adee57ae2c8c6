"""The deployment of `template.yaml` on one machine: no account, no container, the same handlers."""

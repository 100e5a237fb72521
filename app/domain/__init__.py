"""The rules: plain Python, without web, database or clock."""

"""Asks any OpenAI-compatible server for labels."""

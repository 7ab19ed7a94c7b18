"""Chatbox: a self-hosted, multi-user AI chat server."""

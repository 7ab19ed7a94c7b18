"""The built web app, as the server hands it out."""

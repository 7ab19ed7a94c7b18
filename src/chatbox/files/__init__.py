"""Files: from upload to something a model can read."""

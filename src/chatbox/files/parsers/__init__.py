"""What turns a file into Markdown: one module per format, run in a process of its own per file."""

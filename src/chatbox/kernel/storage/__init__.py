"""Where the bytes of files are kept: a folder of this machine, or a bucket of S3."""

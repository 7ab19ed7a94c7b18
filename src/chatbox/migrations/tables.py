"""Every table of the product in one place, for the migrations and the check that both agree."""

import chatbox.accounts.tables
import chatbox.files.tables
import chatbox.generation.tables
import chatbox.providers.tables
import chatbox.sessions.tables  # noqa: F401 - imported for the tables they declare
from chatbox.kernel.db import Table

metadata = Table.metadata

"""Who may use what, as the built bot says it; for tests that try all of it."""

from __future__ import annotations

import asyncio

from tools.rights import all_rights

RIGHTS = asyncio.run(all_rights())

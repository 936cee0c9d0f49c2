"""A track's life, from the queue to its channel: what waits, is handed over, fetched, mastered and posted.

Who knows what, each once: the track's row knows whether it waits and which steps are done; DBOS knows which
workflows have begun and not ended, runs them, and runs them again after a kill. So nothing waits in a queue
of DBOS's, and a workflow has no DBOS steps and no result: run again, it reads the row, and each step goes on
from what that says. A process may keep a track in hand to save reading it; nothing relies on that.

`turns` knows what starts next; `dispatch` starts it when it is told that something may start,
`workflow` puts the steps in their order.
"""

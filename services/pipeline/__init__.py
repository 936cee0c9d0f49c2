"""A track's life, from the queue to its channel: what waits, is handed over, fetched, mastered and posted.

Who knows what, each once: the track's row knows which steps are done, DBOS which workflows have not ended.
So a workflow has no DBOS steps and no result: run again, it reads the row once, and each step goes on from
what the row says. And no table of ours says whether a workflow waits, runs or has ended: DBOS is asked. A
process may remember what it told DBOS, to save asking; nothing relies on that.
"""

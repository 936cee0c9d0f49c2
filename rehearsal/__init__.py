"""Stand-ins for Discord and WaveSpeed on loopback. They speak HTTP and WebSocket as the real ones do.

They import nothing of the bot.

By hand on purpose: mocks and recorded answers would agree with whatever the bot believes, and know no lost
answer, no cut line and no kill between two statements.
"""

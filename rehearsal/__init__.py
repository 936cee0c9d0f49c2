"""Stand-ins for Discord and WaveSpeed on loopback. They speak HTTP and WebSocket as the real ones do.

They import nothing of the bot.
"""

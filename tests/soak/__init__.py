"""The campaign behind `make soak`: members, faults of every kind and kills; and then, does everything hold?

world       Discord, WaveSpeed, the database and the bot's process between them
databases   SQLite and PostgreSQL that can be locked, stopped, cut off; a disk that can be full
process     the bot's process, started anew whenever it ends
members     what people do          (jams: what they do together)
faults      the table of faults     (kills: how the bot's process is ended and frozen)
campaign    all of that at once, until there was enough of each; then the world heals
records     what the stand-ins and the database say afterwards
invariants  what must hold of that  (answers: what of every single answer)
history     the story of one track, for whoever has to find out why
"""

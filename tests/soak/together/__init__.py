"""What members do together in a campaign, and what must hold of it.

jams        jams, sung ones too
evenings    contests, albums, relays                (evening_checks)
own_voices  voices given, sung with and taken back  (own_voice_checks)
parties     listening in voice                      (party_checks; ears: what was heard there)
"""

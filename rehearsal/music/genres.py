"""What each genre asks for: tempo, modes, chords, groove, instruments, room. A table only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece is played. Tones are names in `tones`, patterns names in `patterns`, "" is silence."""

    tempo: tuple[float, float]  # beats a minute, slowest and fastest
    modes: tuple[str, ...]
    chords: str  # a family in `harmony`
    groove: str
    kit: str
    bass: str
    bass_line: str
    comp: str
    comping: str
    pad: str = "pad"
    arp: str = ""
    lead: str = "piano"
    swing: float = 0.5  # where the second half of the swung unit starts; 2/3 is a triplet
    swing_unit: float = 1.0  # beats: 1 swings eighths, 0.5 swings sixteenths
    meter: int = 4  # beats in a bar
    room: float = 1.4  # seconds of reverb
    wet: float = 0.22  # reverb, of the dry sound
    fades: bool = False  # ends by fading instead of on a chord
    pumps: bool = False  # the kick pushes the rest down
    spoken: bool = False  # the voice keeps to few notes, as in rap
    drive: float = 0.0  # distortion of the comping


MAJOR, MINOR = ("major",), ("minor",)
EITHER = ("major", "minor")

GENRES: dict[str, Style] = {
    "pop": Style((96, 124), EITHER, "pop", "pop", "studio", "finger bass", "eighths", "piano", "push",
                 "strings", "pluck", "synth lead"),
    "rock": Style((108, 146), ("major", "mixolydian", "minor"), "rock", "rock", "rock", "pick bass",
        "eighths",
                  "distorted guitar", "power", "organ", "", "distorted lead", room=1.0, wet=0.15, drive=6),
    "metal": Style((140, 180), MINOR, "metal", "metal", "rock", "pick bass", "gallop",
                   "distorted guitar", "chug", "choir", "", "distorted lead", room=0.9, wet=0.12, drive=14),
    "punk": Style((164, 196), MAJOR, "rock", "punk", "rock", "pick bass", "eighths",
                  "distorted guitar", "power", "", "", "distorted lead", room=0.7, wet=0.1, drive=9),
    "folk": Style((88, 116), ("major", "major", "dorian"), "folk", "brushes", "soft", "upright bass",
        "root fifth",
                  "acoustic guitar", "picking", "strings", "", "violin", room=1.1, wet=0.18),
    "country": Style((96, 132), MAJOR, "folk", "train", "soft", "upright bass", "root fifth",
                     "acoustic guitar", "boom chick", "", "banjo", "violin", room=1.0, wet=0.15),
    "celtic": Style((104, 126), ("dorian", "mixolydian", "major"), "folk", "bodhran", "soft", "upright bass",
                    "root fifth", "acoustic guitar", "strum", "accordion", "harp", "flute", room=1.5),
    "jazz": Style((112, 168), EITHER, "jazz", "ride", "brush", "upright bass", "walking",
                  "piano", "charleston", "", "", "saxophone", swing=0.64, room=1.2, wet=0.2),
    "swing": Style((140, 184), MAJOR, "jazz", "ride", "brush", "upright bass", "walking",
                   "brass", "charleston", "", "", "trumpet", swing=0.66, room=1.2, wet=0.18),
    "blues": Style((72, 112), ("mixolydian",), "blues", "shuffle", "studio", "finger bass", "walking",
                   "electric guitar", "charleston", "organ", "", "harmonica", swing=0.66, room=1.1, wet=0.18),
    "soul": Style((68, 96), EITHER, "soul", "backbeat", "studio", "finger bass", "syncopated",
                  "electric piano", "push", "strings", "", "brass", swing=0.56, swing_unit=0.5),
    "gospel": Style((72, 104), MAJOR, "soul", "backbeat", "studio", "finger bass", "syncopated",
                    "organ", "push", "choir", "", "piano", swing=0.62),
    "funk": Style((98, 116), ("dorian", "mixolydian"), "vamp", "funk", "studio", "finger bass", "funk",
                  "electric guitar", "scratch", "organ", "", "brass", swing=0.54, swing_unit=0.5, room=0.8,
                      wet=0.13),
    "disco": Style((114, 126), EITHER, "soul", "disco", "studio", "finger bass", "octaves",
                   "electric guitar", "scratch", "strings", "", "brass", room=1.1),
    "reggae": Style((68, 86), EITHER, "two chords", "one drop", "studio", "deep bass", "dub",
                    "electric guitar", "skank", "organ", "", "melodica", swing=0.58, room=1.3),
    "ska": Style((132, 164), MAJOR, "pop", "ska", "studio", "finger bass", "walking",
                 "electric guitar", "skank", "organ", "", "trumpet", room=0.9, wet=0.14),
    "hip hop": Style((82, 98), ("minor", "dorian"), "two chords", "boom bap", "dusty", "deep bass",
        "syncopated",
                     "electric piano", "stabs", "", "", "synth lead", swing=0.58, swing_unit=0.5, spoken=True,
                     fades=True, room=0.9, wet=0.13),
    "trap": Style((132, 150), MINOR, "two chords", "trap", "808", "808", "808",
                  "bell", "sparse", "choir", "", "pluck", spoken=True, fades=True, room=1.6),
    "lo-fi": Style((70, 86), EITHER, "jazz", "lazy", "dusty", "upright bass", "syncopated",
                   "electric piano", "lazy", "pad", "", "vibraphone", swing=0.6, swing_unit=0.5,
                       fades=True, room=1.2),
    "house": Style((120, 128), EITHER, "loop", "house", "909", "synth bass", "offbeat",
                   "organ", "stabs", "strings", "", "synth lead", fades=True, pumps=True, room=1.2),
    "techno": Style((126, 138), ("minor", "phrygian"), "static", "techno", "909", "synth bass", "rolling",
                    "pluck", "stabs", "pad", "acid", "synth lead", fades=True, pumps=True, room=1.6, wet=0.2),
    "trance": Style((134, 142), MINOR, "loop", "trance", "909", "synth bass", "offbeat",
                    "supersaw", "gated", "pad", "pluck", "supersaw", fades=True, pumps=True, room=2.2,
                        wet=0.3),
    "drum and bass": Style((168, 176), MINOR, "loop", "breaks", "studio", "deep bass", "dub",
                           "electric piano", "lazy", "pad", "pluck", "synth lead", fades=True, room=1.8,
                               wet=0.25),
    "dubstep": Style((138, 142), MINOR, "static", "half time", "909", "wobble bass", "wobble",
                     "supersaw", "stabs", "pad", "bell", "square lead", room=1.6),
    "electronic": Style((108, 128), EITHER, "loop", "electro", "909", "synth bass", "eighths",
                        "supersaw", "push", "pad", "pluck", "synth lead", fades=True, pumps=True, room=1.6),
    "synthwave": Style((88, 112), MINOR, "loop", "gated snare", "80s", "synth bass", "eighths",
                       "supersaw", "sustain", "pad", "pluck", "synth lead", fades=True, room=2.0, wet=0.28),
    "ambient": Style((60, 78), ("major", "dorian", "lydian"), "drift", "none", "soft", "deep bass", "long",
                     "electric piano", "sparse", "pad", "bell", "flute", fades=True, room=4.0, wet=0.6),
    "classical": Style((84, 118), EITHER, "classical", "none", "soft", "cello", "long",
                       "piano", "alberti", "strings", "", "violin", room=2.4, wet=0.35),
    "cinematic": Style((72, 96), MINOR, "epic", "taiko", "taiko", "cello", "long",
                       "strings", "ostinato", "choir", "harp", "horn", room=3.0, wet=0.4),
    "waltz": Style((96, 152), EITHER, "classical", "waltz", "brush", "upright bass", "waltz",
                   "piano", "waltz", "strings", "", "violin", meter=3, room=1.8, wet=0.28),
    "lullaby": Style((72, 92), MAJOR, "folk", "none", "soft", "upright bass", "waltz",
                     "harp", "picking", "strings", "", "music box", meter=3, room=2.0, wet=0.3),
    "latin": Style((92, 112), ("minor", "major"), "latin", "salsa", "studio", "upright bass", "tumbao",
                   "piano", "montuno", "brass", "", "trumpet", room=1.0, wet=0.16),
    "bossa nova": Style((116, 138), EITHER, "jazz", "bossa", "brush", "upright bass", "bossa",
                        "nylon guitar", "bossa", "strings", "", "flute", room=1.2),
    "afrobeat": Style((100, 118), ("dorian", "mixolydian"), "vamp", "afrobeat", "studio", "finger bass",
        "funk",
                      "electric guitar", "scratch", "brass", "marimba", "saxophone", swing=0.54,
                          swing_unit=0.5),
    "tango": Style((112, 128), MINOR, "classical", "march", "soft", "upright bass", "root fifth",
                   "accordion", "tango", "strings", "", "violin", room=1.4),
    "chiptune": Style((128, 156), EITHER, "pop", "rock", "chip", "square bass", "octaves",
                      "square lead", "sixteenths", "", "square lead", "square lead", room=0.5, wet=0.06),
}  # fmt: skip

ALIASES: dict[str, str] = {
    "rap": "hip hop", "hip-hop": "hip hop", "hiphop": "hip hop", "boom bap": "hip hop", "drill": "trap",
    "phonk": "trap", "lofi": "lo-fi", "lo fi": "lo-fi", "chillhop": "lo-fi", "chill": "lo-fi",
    "r&b": "soul", "rnb": "soul", "motown": "soul", "neo soul": "soul", "ballad": "soul", "groove": "funk",
    "dance": "house", "edm": "trance", "deep house": "house", "garage": "house", "acid": "techno",
    "dnb": "drum and bass", "drum & bass": "drum and bass", "drum n bass": "drum and bass",
    "jungle": "drum and bass", "electro": "electronic", "electronica": "electronic", "idm": "electronic",
    "synthpop": "synthwave", "synth-pop": "synthwave", "80s": "synthwave", "retrowave": "synthwave",
    "new wave": "synthwave", "vaporwave": "lo-fi", "downtempo": "lo-fi", "trip hop": "hip hop",
    "drone": "ambient", "meditation": "ambient", "new age": "ambient", "soundscape": "ambient",
    "orchestral": "classical", "orchestra": "classical", "symphony": "classical", "baroque": "classical",
    "chamber": "classical", "opera": "classical", "epic": "cinematic", "soundtrack": "cinematic",
    "film score": "cinematic", "trailer": "cinematic", "heavy metal": "metal", "hard rock": "metal",
    "thrash": "metal", "grunge": "rock", "indie": "rock", "alternative": "rock", "garage rock": "rock",
    "rock and roll": "punk", "emo": "punk", "singer-songwriter": "folk", "acoustic": "folk",
    "americana": "country", "bluegrass": "country", "irish": "celtic", "medieval": "celtic",
        "sea shanty": "celtic",
    "big band": "swing", "bebop": "jazz", "smooth jazz": "jazz", "dub": "reggae", "dancehall": "reggae",
    "bossa": "bossa nova", "samba": "bossa nova", "salsa": "latin", "cumbia": "latin", "reggaeton": "latin",
    "flamenco": "latin", "mariachi": "latin", "afrobeats": "afrobeat", "highlife": "afrobeat",
    "8-bit": "chiptune", "8bit": "chiptune", "video game": "chiptune", "k-pop": "pop", "j-pop": "pop",
    "city pop": "disco", "march": "cinematic",
}  # fmt: skip

"""Well-known genres, instruments and moods, and how they complete what a member is typing.

The rule: a member is never forced; what they typed stands first, and the rest is an offer.
"""

from __future__ import annotations

import re

from services.text.characters import TAG_BREAK, fold, hidden, plain_letters

LONGEST_VALUE = 100  # characters of a suggestion (Discord: Application Command Option Choice)

# Our own choice, each list with the best known first; the model takes any words, these are not all of them.
GENRES = """
    pop, rock, hip hop, electronic, jazz, funk, lo-fi, r&b, soul, folk, country, metal, indie rock,
    house, techno, ambient, blues, reggae, punk, disco, classical, edm, trap, drum and bass, synthwave,
    k-pop, latin, indie pop, dream pop, acoustic, lo-fi hip hop, trance, dubstep, phonk, city pop,
    j-pop, bossa nova, gospel, ska, grunge, shoegaze, post-rock, alternative rock, hard rock, heavy
    metal, death metal, black metal, doom metal, thrash metal, power metal, metalcore, progressive rock,
    psychedelic rock, garage rock, surf rock, math rock, folk rock, soft rock, punk rock, pop punk,
    post-punk, emo, hardcore punk, rockabilly, rock and roll, southern rock, stoner rock, glam rock, new
    wave, synth-pop, electropop, hyperpop, dance pop, teen pop, power pop, chamber pop, art pop, bedroom
    pop, britpop, boom bap, drill, grime, cloud rap, conscious hip hop, old school hip hop, gangsta rap,
    trip hop, neo soul, contemporary r&b, new jack swing, motown, northern soul, funk rock, p-funk,
    nu-disco, italo disco, deep house, tech house, acid house, progressive house, tropical house, future
    bass, uk garage, breakbeat, jungle, hardstyle, happy hardcore, gabber, psytrance, goa trance,
    minimal techno, detroit techno, industrial, ebm, idm, glitch, chillwave, chillout, chillhop,
    downtempo, vaporwave, future funk, electro swing, chiptune, 8-bit, dark ambient, drone, new age,
    space ambient, noise, swing, big band, bebop, cool jazz, smooth jazz, free jazz, jazz fusion, acid
    jazz, latin jazz, gypsy jazz, dixieland, ragtime, boogie-woogie, delta blues, chicago blues,
    bluegrass, americana, honky-tonk, country pop, outlaw country, western, singer-songwriter, celtic,
    irish folk, sea shanty, polka, klezmer, flamenco, fado, chanson, schlager, tango, salsa, bachata,
    merengue, cumbia, reggaeton, mariachi, ranchera, samba, forró, baile funk, mpb, afrobeat, afrobeats,
    amapiano, highlife, soukous, dancehall, dub, rocksteady, calypso, soca, zouk, bollywood, bhangra,
    qawwali, raga, enka, anime, mandopop, cantopop, gamelan, turkish folk, arabic pop, rai, balkan
    brass, worldbeat, baroque, renaissance, romantic era, opera, choral, chamber music, minimalism,
    string quartet, symphonic, orchestral, film score, cinematic, trailer music, video game music,
    musical theatre, cabaret, lullaby, children's music, christmas, march, waltz, hymn, gregorian chant,
    spoken word, a cappella, barbershop, beatbox, krautrock, post-hardcore, screamo, djent, nu metal,
    symphonic metal, folk metal, industrial metal, darkwave, coldwave, gothic rock, ethereal wave,
    dungeon synth, witch house, eurodance, eurobeat, big beat, electroclash, footwork, jersey club,
    moombahton, liquid drum and bass, ghettotech
"""
INSTRUMENTS = """
    piano, acoustic guitar, electric guitar, drums, bass, synthesizer, strings, violin, saxophone,
    brass, trumpet, cello, flute, 808 bass, synth bass, slap bass, upright bass, drum machine, electric
    piano, rhodes, hammond organ, church organ, harpsichord, accordion, harmonica, banjo, mandolin,
    ukulele, fiddle, viola, double bass, harp, trombone, french horn, tuba, clarinet, oboe, bassoon,
    horn section, string section, pan flute, recorder, bagpipes, tin whistle, nylon guitar, slide
    guitar, pedal steel guitar, twelve-string guitar, distorted guitar, power chords, guitar solo, lute,
    sitar, tabla, koto, shamisen, erhu, guzheng, oud, bouzouki, balalaika, kalimba, marimba, vibraphone,
    xylophone, glockenspiel, steel drums, hand drums, bongos, congas, cajon, djembe, taiko drums,
    timpani, tambourine, shaker, cowbell, handclaps, finger snaps, hi-hats, brushed drums, live drums,
    tr-808, tr-909, tb-303, moog, analog synth, synth pad, synth lead, arpeggiator, vocoder, theremin,
    mellotron, music box, bells, choir, turntables, vinyl scratches, didgeridoo, hang drum, toy piano,
    prepared piano, wurlitzer, clavinet, talk box, melodica, jaw harp
"""
MOODS = """
    upbeat, chill, happy, sad, dark, energetic, dreamy, melancholic, romantic, epic, uplifting,
    relaxing, groovy, nostalgic, aggressive, peaceful, hopeful, mysterious, playful, emotional, angry,
    anthemic, atmospheric, bittersweet, bouncy, bright, calm, catchy, cheerful, cozy, dramatic, driving,
    eerie, ethereal, euphoric, festive, fierce, funny, gentle, gloomy, gritty, haunting, heartfelt,
    heavy, heroic, hypnotic, intense, intimate, laid-back, lonely, longing, meditative, mellow,
    menacing, motivational, mystical, ominous, party, passionate, quirky, raw, rebellious, reflective,
    sensual, sentimental, sexy, smooth, soothing, soulful, spacey, spiritual, spooky, summer,
    suspenseful, sweet, tender, tense, triumphant, warm, whimsical, wistful, youthful, late night, rainy
    day, road trip, campfire, beach, winter, space
"""
TEMPOS = """
    slow, mid-tempo, fast, very fast, 60 bpm, 70 bpm, 80 bpm, 90 bpm, 100 bpm, 110 bpm, 120 bpm, 128
    bpm, 140 bpm, 160 bpm, 174 bpm, four on the floor, half-time, double time, shuffle, swing feel,
    syncopated, 3/4 time, 6/8 time, ballad, danceable, major key, minor key
"""
VOCALS = """
    female vocals, male vocals, duet, rap, choir vocals, harmonies, male rap, female rap, falsetto,
    whispered vocals, raspy vocals, soft vocals, powerful vocals, soulful vocals, breathy vocals, deep
    voice, high voice, child vocals, backing vocals, call and response, vocal chops, auto-tune,
    screaming, growling, humming, scat singing, yodeling, throat singing, operatic vocals, spoken
    vocals, group vocals, robotic vocals, no vocals, instrumental
"""
SOUNDS = """
    lo-fi production, vintage, retro, 60s, 70s, 80s, 90s, 2000s, live recording, vinyl crackle, tape
    hiss, heavy reverb, distortion, sidechain, wobble bass, heavy bass, sub bass, wall of sound,
    minimal, stripped down, polished, raw recording, field recording, rain sounds, ocean waves,
    birdsong, crowd noise, big drop, build-up, catchy hook, singalong chorus, key change, fade out, long
    intro, drum break
"""

STARTERS = """
    pop, rock, hip hop, electronic, funk, jazz, lo-fi, folk, metal, house, upbeat, chill, dreamy,
    female vocals, male vocals, piano, acoustic guitar, synthesizer, brass, strings, energetic, melancholic,
    120 bpm, 80s, r&b, soul, country, ambient, duet, drums, epic, instrumental
"""


def _words(text: str) -> list[str]:
    """The words' letters and digits, without accents and case."""
    return re.findall(r"[^\W_]+", plain_letters(text))


def _listed(text: str) -> list[str]:
    return [" ".join(tag.split()) for tag in text.split(",")]


KNOWN_TAGS = tuple(dict.fromkeys(_listed(",".join((GENRES, INSTRUMENTS, MOODS, TEMPOS, VOCALS, SOUNDS)))))
_STARTERS = tuple(_listed(STARTERS))
_WORDS = {tag: _words(tag) for tag in KNOWN_TAGS}


def suggest_tags(typed: str, limit: int = 25) -> list[str]:
    """Whole new values for the field in which that was typed: at most `limit`, of at most 100 characters.

    The part behind the last comma is completed: by tags that begin with it, then by those with a word that
    does, then by those that hold it. What was typed comes first. Nothing, where that is too long already.
    """
    *done, last = [_shown(part) for part in re.split(TAG_BREAK, typed[: 10 * LONGEST_VALUE])]
    done = [part for part in done if part]
    wanted = "".join(_words(last))
    if wanted:
        ranked = [(_rank(tag, wanted), place, tag) for place, tag in enumerate(KNOWN_TAGS)]
        found = [tag for rank, _, tag in sorted(ranked) if rank]
    else:
        found = [] if last else list(_STARTERS)
    taken = {part.casefold() for part in (*done, last)}
    ends = ([last] if last else []) + [tag for tag in found if tag not in taken]
    values = [", ".join((*done, end)) for end in ends]
    if done and not last:
        values.insert(0, ", ".join(done))
    if values and len(values[0]) > LONGEST_VALUE:
        return []
    return [value for value in values if len(value) <= LONGEST_VALUE][:limit]


def _shown(part: str) -> str:
    """What was typed, without what nobody sees; the tag would be refused with it."""
    return fold("".join(character for character in fold(part) if not hidden(character)))


def _rank(tag: str, wanted: str) -> int:
    """1 where the tag begins like that, 2 where one of its words does, 3 where it holds it; else 0."""
    words = _WORDS[tag]
    starts = ["".join(words[place:]).startswith(wanted) for place in range(len(words))]
    if starts[0]:
        return 1
    return 2 if any(starts) else 3 * (wanted in "".join(words))

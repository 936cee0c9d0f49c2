"""What people read as another letter: letters of other scripts, figures, and signs.

Most of the letters are Unicode's own table (`unicode_confusables`, written from it by `make confusables`). By
hand is what that does not have: the alphabets that generators of "fancy text" write with, and what is read in
two ways. Everything is folded as `services.words.spellings` folds texts.
"""

from services.text.unicode_confusables import UNICODE

FANCY = {
    "a": "ɐᴀᗩᎯᏗ",
    "b": "ʙᙖᏰⴆ",
    "c": "ƈɔᑕᑢᏣʗ",
    "d": "ᴅժᕲᗫᎴ",
    "e": "ǝɘɛєᴇɜᗴᕮᙓᏋ",
    "f": "ꜰғɟʄ",
    "g": "ɢᘜᎶ",
    "h": "ʜҥ",
    "j": "ᴊᒎ",
    "k": "ᴋҝҡʞ",
    "l": "ʟʅᒺ",
    "m": "ᴍɱᙏᘻ",
    "n": "ɴпᑎᏁ",
    "o": "Ꭷ",
    "p": "ᴘᎵ",
    "q": "ꞯɋᑫ",
    "r": "ɾɹ",
    "s": "ƨᔕ",
    "t": "ᴛᏖ",
    "u": "ʊᏬ",
    "v": "Ꮙ",
    "w": "ωᏇ",
    "x": "ӽጀ",
    "y": "ʎ",
    "z": "ʑʒᘔᏵ",
}
CONFUSABLES = {latin: others + FANCY.get(latin, "") for latin, others in UNICODE.items()}
# Only where the word has Latin letters too: in a word of their own script nobody reads them so.
MIXED_IN = {"и": "n", "я": "r", "ш": "w", "щ": "w", "э": "e", "з": "e", "נ": "j", "ו": "l", "ן": "l"}

# Letters of which the capital is read as one letter and the small one as another.
EITHER = {"μ": "mu", "ν": "nv", "η": "hn", "υ": "yu", "ɩ": "il"}

# Figures and signs that are read as letters. A sign may as well be what stands between two letters.
STANDS_FOR = {
    "0": "o",
    "1": "il",
    "2": "z",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "bg",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "€": "ec",
    "!": "i",
    "¡": "i",
    "|": "il",
    "¦": "il",
    "│": "il",
    "+": "t",
    "†": "t",
    "¢": "c",
    "©": "c",
    "®": "r",
    "£": "l",
    "¥": "y",
    "#": "h",
    "^": "a",
    "×": "x",
    "✕": "x",
    "᙭": "x",
    "✖": "x",
    "❌": "x",
    "⭕": "o",
    "∂": "d",
    "℮": "e",
    "∑": "e",
    "₫": "d",
    "₭": "k",
    "₮": "t",
    "₩": "w",
    "*": "aeiou",
}

"""What people read as another letter: letters of other scripts, figures, and signs.

Sources: https://www.unicode.org/Public/security/latest/confusables.txt, without what Unicode's own
normalisation (NFKD) folds already, and the alphabets that generators of "fancy text" write with.
"""

LOOK_ALIKES = {
    "a": "ɐɑΑαАаᎪᗅᴀꓮᗩꭿᏗᎯ𖽀𐊠",
    "b": "ƄɓʙΒβВЬвᏏᏴᑲᖯᗷꓐꞴБбƃƂƀҍѢѣᙖᏰႦ𐊂𐊡𐌁",
    "c": "СсᏟᴄⲤⲥꓚꮯȼҫƈɔᑕᑢᏣʗ𐐽𐊢𐌂𐐕",
    "d": "ðđԁᎠᏧᑯᗞᗪᴅꓒꓓɗɖƌƉժᕲᗫᎴ",
    "e": "ǝɘɛΕεЕеєҽᎬᴇⴹꓰꬲɇҿɜᗴᕮᙓᏋ𐊆",
    "f": "ƒϜքᖴẝꓝꜰꞘꞙꬵғᵮɟʄ𐊇𐊥",
    "g": "ƍɡɢԌցᏀᏳᶃꓖɠǥᘜᎶ",
    "h": "ħʜНнћһհᎻᏂᕼⲎꓧɦꚕᏲⱨңӊӈҥ",
    "i": "ΙıǀɨɪιІіӀӏᎥᛁⲒⵏꓲꙇꭵᵻᵼ",
    "j": "ͿϳЈјᎫᒍᴊꓙꞲɉʝᒎ",
    "k": "ΚκКкᏦᛕᴋⲔꓗƙⱪқҝҡꝁʞ",
    "l": "łʟᏞᒪⳐꓡƚɫɭʅᒺ",
    "m": "ϺМмᎷᗰᛖᴍⲘꓟɱӎᙏᘻ",
    "n": "ŋɴпոռⲚꓠɳƞɲПᑎᏁ",
    "o": "øΟοσОоөՕօଠഠဝჿዐᴏᴑⲞⲟⵔꓳꬽɵѳꝋθᎾᎧᏫꮎ",
    "p": "ΡρРрᏢᑭᴘⲢⲣꓑƥᵽþᎵ",
    "q": "ԛգզⵕꞯʠɋᑫ",
    "r": "ƦɍʀгᎡᏒᖇᴦⲅꓣꭇꭈꮁɽɼɾɹᵲ",
    "s": "ƽЅѕՏᏕᏚꓢꜱꮪʂƨᔕᵴ",
    "t": "ŧΤτТтᎢᴛⲦꓔƭⱦʈҭᵵᏖ",
    "u": "ʋՍսሀᑌᴜꓴꞟꭎꭒᵾʉʊᏌᏬ",
    "v": "ѴѵᏙᐯᴠⴸꓦꛟꮩᏉ",
    "w": "ɯωѡԜԝաᎳᏔᴡꓪꮃѽᏇ",
    "x": "ΧχХхᕁᕽᚷⲬⵝꓫꞳҳӽጀ",
    "y": "ɣʏγУуҮүყᎩᎽᶌỿⲨꓬꭚƴɏұʎ",
    "z": "ʐΖᏃᴢꓜꮓƶȥʑʒᘔᏽ",
}
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

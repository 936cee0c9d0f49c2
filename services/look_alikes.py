"""Letters of other scripts that are read as Latin ones, by the Latin letter.

Source: https://www.unicode.org/Public/security/latest/confusables.txt, without what Unicode's own
normalisation (NFKD) folds already; small capitals and a few letters that only nearly look alike are added.
"""

LOOK_ALIKES = {
    "a": "ɐɑΑαАаᎪᗅᴀꓮ",
    "b": "ƄɓʙΒβВЬвᏏᏴᑲᖯᗷꓐꞴ",
    "c": "СсᏟᴄⲤⲥꓚꮯ",
    "d": "ðđԁᎠᏧᑯᗞᗪᴅꓒꓓ",
    "e": "ǝɘɛΕεЕеєҽᎬᴇⴹꓰꬲ",
    "f": "ƒϜքᖴẝꓝꜰꞘꞙꬵ",
    "g": "ƍɡɢԌցᏀᏳᶃꓖ",
    "h": "ħʜΗНнћһհᎻᏂᕼⲎꓧ",
    "i": "ΙıǀɨɩɪιІіӀӏᎥᛁⲒⵏꓲꙇꭵ",
    "j": "ͿϳЈјᎫᒍᴊꓙꞲ",
    "k": "ΚκКкᏦᛕᴋⲔꓗ",
    "l": "łƖʟᏞᒪⳐꓡ",
    "m": "ΜϺМмᎷᗰᛖᴍⲘꓟ",
    "n": "ŋɴΝηпոռⲚꓠ",
    "o": "øΟοσОоөՕօଠഠဝჿዐᴏᴑⲞⲟⵔꓳꬽ",
    "p": "ΡρРрᏢᑭᴘⲢⲣꓑ",
    "q": "ԛգզⵕꞯ",
    "r": "ƦɍʀгᎡᏒᖇᴦⲅꓣꭇꭈꮁ",
    "s": "ƽЅѕՏᏕᏚꓢꜱꮪ",
    "t": "ŧΤτТтᎢᴛⲦꓔ",
    "u": "ʋμυՍսሀᑌᴜꓴꞟꭎꭒ",
    "v": "νѴѵᏙᐯᴠⴸꓦꛟꮩ",
    "w": "ɯωѡԜԝաᎳᏔᴡꓪꮃ",
    "x": "ΧχХхᕁᕽᚷⲬⵝꓫꞳ",
    "y": "ɣʏΥγУуҮүყᎩᎽᶌỿⲨꓬꭚ",
    "z": "ʐΖᏃᴢꓜꮓ",
}

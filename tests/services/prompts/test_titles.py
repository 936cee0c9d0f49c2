"""The title that is chosen: from the words that are sung, capitals and punctuation of any script."""

from pathlib import Path

import pytest

from services.prompts.prompt import parse_prompt

REPORTS = Path(__file__).parents[2] / "reports"


@pytest.mark.parametrize(
    ("report", "title"),
    [
        ("lyrics-pinyin-language-prefix.txt", "Feng Chui Guo Wo De Chuang"),
        ("lyrics-pinyin-same-without-prefix-and-tones.txt", "Feng Chui Guo Wo De Chuang"),
        ("lyrics-language-beside-marker.txt", "The Ferry Leaves at Nine"),
        ("lyrics-for-1.5-descriptors.txt", "The Ferry Leaves at Nine"),
        ("lyrics-cjk-punctuation-at-end.txt", "船九点开，人已到齐"),
    ],
)
@pytest.mark.parametrize("model", ["ace-step", "ace-step-1.5"])
def test_a_title_comes_from_the_words(report: str, title: str, model: str) -> None:
    words = (REPORTS / report).read_text()
    assert parse_prompt(tags="pop", lyrics=words, model=model).title == title


@pytest.mark.parametrize(
    ("tags", "title"),
    [
        ("80’s, r&b", "80’s & R&B"),
        ("80's, #80s", "80's & #80s"),
        ("80ʼs, 90‘s", "80ʼs & 90‘s"),
        ("#80s", "80s"),
        ("’80s, 'cause", "80s & 'Cause"),
        ("drum'n'bass, rock’n’roll", "Drum'n'Bass & Rock’n’Roll"),
        ("drum 'n' bass, r'n'b", "Drum 'n' Bass & R'n'B"),
        ("lo-fi hip-hop, k-pop", "Lo-Fi Hip-Hop & K-Pop"),
        ("rock-and-roll, 8-bit", "Rock-and-Roll & 8-Bit"),
        ("2pac, mp3", "2pac & Mp3"),
        ("women’s choir, don't", "Women’s Choir & Don't"),
        ("McCoy, AC/DC", "McCoy & AC/DC"),
        ("iPop, ALL CAPS", "iPop & ALL CAPS"),
        ("straße, ßa", "Straße & ßa"),
        ("ქართული, ǆez", "ქართული & ǅez"),
        ("istanbul, ışık", "İstanbul & Işık"),
        ("istanbul", "Istanbul"),
        ("c#, c++", "C# & C++"),
        ("ｆｕｎｋ, élan", "Ｆｕｎｋ & Élan"),
        ("**bold**, __under__", "Bold & Under"),
        ("~~struck~~ drums, `code` ||hidden||", "Struck Drums & Code Hidden"),
        ("***both***", "Both"),
        ("f**k, snake_case_pop", "F**K & Snake_Case_Pop"),
        ("5 * 4, 3 * 2", "5 * 4 & 3 * 2"),
    ],
)
def test_capitals_stand_where_words_begin(tags: str, title: str) -> None:
    assert parse_prompt(tags=tags).title == title


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("船九点开，", "船九点开"),
        ("もう行かないで。", "もう行かないで"),
        ("どこへ行くの？", "どこへ行くの？"),
        ("「さよなら」", "さよなら"),
        ("彼は「さよなら」", "彼は「さよなら」"),
        ("वह चला गया।", "वह चला गया"),
        ("سلام،", "سلام"),
        ("إلى أين؟", "إلى أين؟"),
        ("nos vemos…", "Nos Vemos"),
        ("goodbye —", "Goodbye"),
        ("bist du da?!", "Bist Du Da?"),
        ("„guten Morgen“", "Guten Morgen"),
        ('say "hello"', 'Say "Hello"'),
        ('"hello"', "Hello"),
        ("‘hello’", "Hello"),
        ("we’re jammin’", "We’re Jammin’"),
        ("hold on (hold on)", "Hold on (Hold On)"),
        ("100%", "100%"),
        ("*louder*", "Louder"),
        ("what the f***", "What the F***"),
        ("กรุงเทพฯ", "กรุงเทพฯ"),
        ("[whispered] come closer [breath]", "Come Closer"),
        ("[a [b] c] la", "La"),
        ("［zh］春天 【合唱】", "春天"),
        ("feng] chui", "Feng] Chui"),
    ],
)
def test_punctuation_of_any_script_closes_no_title(line: str, title: str) -> None:
    assert parse_prompt(tags="pop", lyrics=line).title == title


def test_lyrics_without_any_words_leave_the_title_to_the_tags() -> None:
    prompt = parse_prompt(
        tags="ska, brass", lyrics="[Intro]\n[en] [Drop]\n[Synth arpeggio]", model="ace-step-1.5"
    )
    assert prompt.title == "Ska & Brass"

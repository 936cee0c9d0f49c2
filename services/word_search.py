"""Thousands of words looked for in one text, however they are spelled there.

The rule: the time that this takes grows with the length of the text and with nothing that the text says. Two
automata share the work. Aho-Corasick goes over all pieces of the text, folded so coarsely that it misses
nothing, and says which of them are worth a look. What is worth one, and whatever is spelled with signs,
figures or gaps, goes through the other: it follows all words at once, a bit for each of their letters, so
that a sign which may be several letters or none costs no more than a letter. (Baeza-Yates and Gonnet, "A new
approach to text searching", 1992; Wu and Manning, "Fast text searching allowing errors", 1992.)
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import ahocorasick

from services.look_alikes import STANDS_FOR
from services.spellings import TALL, Gap, Reading, forms

_SPACE, _MAYBE = " ", "\t"  # among a word's letters: a gap that must be there, and one that may
_LONG = 4  # letters from which on a doubled one is no other word, as good is of god
_VERY_LONG = 5  # letters from which on l may be read as i, and a consonant may stand apart
_FEWEST_SPACED = 3  # letters of a word that may be s p a c e d
_SIGNS_COUNTED = 8  # at each end of a gap, of those that may be letters

_STANDS_IN: dict[str, str] = defaultdict(str)  # for each letter, what may stand for it
for _sign, _letters in STANDS_FOR.items():
    for _letter in _letters:
        _STANDS_IN[_letter] += _sign

# What may be mistaken for another within a piece becomes one: figures, i and l, u, v and w, b and g.
_COARSE = {ord(figure): letters[0] for figure, letters in STANDS_FOR.items() if figure.isdecimal()}
_COARSE |= {ord(one): "i" for one in ("l", TALL)} | {ord(one): "u" for one in "vw"}
_COARSE |= {ord(one): "b" for one in "g69"}
_REPEATED = re.compile(r"(.)\1+", re.DOTALL)
_FOUR = re.compile(r"(.)\1{3,}", re.DOTALL)


def coarse(piece: str) -> str:
    """A piece so that all of its spellings without signs or gaps are one."""
    return _REPEATED.sub(r"\1", piece.translate(_COARSE))


# words --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word ready to be looked for. letters: also signs that must be there, and gaps. open_left, open_right:
    whether it may begin or end within a piece."""

    letters: str
    open_left: bool
    open_right: bool

    @property
    def size(self) -> int:
        """How many letters and figures it has."""
        return sum(c.isalnum() for c in self.letters)

    @property
    def parts(self) -> int:
        """How many pieces it may have where none is spelled apart."""
        return 1 + sum(c in (_SPACE, _MAYBE) for c in self.letters)

    def patterns(self, folded: Callable[[str], str]) -> set[str]:
        """What Aho-Corasick looks for, each piece folded: with and without the gaps that may be there."""
        found: set[str] = set()
        for gap in (" ", ""):
            text = "".join(
                c if c.isalnum() or c == TALL else gap if c == _MAYBE else " " for c in self.letters
            )
            text = " ".join(folded(part) for part in text.split())
            if text:
                found.add(f"{'' if self.open_left else ' '}{text}{'' if self.open_right else ' '}")
        return found


def spellings(written: str) -> Iterator[Spelling]:
    """The word, as a moderator wrote it, in each form that is looked for; nothing where it says nothing."""
    starts, ends = not written.startswith("*"), not written.endswith("*")
    for form in forms(" ".join(written.strip("*").split())):
        letters = _letters_of(form)
        if letters:
            first, last = letters[0], letters[-1]
            bounded = starts and _is_bounded(form, first), ends and _is_bounded(form, last)
            yield Spelling(letters, not bounded[0], not bounded[1])


def _is_bounded(form: Reading, letter: str) -> bool:
    """Whether a word with that letter at its end is set off there: signs and unspaced scripts are not."""
    return letter.isalnum() and form.kinds[form.text.index(letter)] != "c"


def _letters_of(form: Reading) -> str:
    """The word's letters, none more than three times in a row, with what is between them."""
    parts: list[str] = []
    done = 0
    for start, end in form.pieces:
        parts += _between(form.text[done:start], inside=bool(done)), form.text[start:end]
        done = end
    parts.append(_between(form.text[done:], inside=False))
    return _FOUR.sub(r"\1\1\1", "".join(parts)).strip(_SPACE)


def _between(gap: str, *, inside: bool) -> str:
    """What must be between two pieces of a word, or before or behind all of them."""
    signs = "".join(c for c in gap if not c.isspace())
    if inside and not signs.strip("-'") and signs == gap:
        return _MAYBE
    if signs == gap:
        return signs
    signs = "".join(c for c in signs if not c.isascii())
    return f"{_SPACE}{signs}{_SPACE if signs else ''}"


class _Masks:
    """Positions, gathered by name and made into numbers of as many bits."""

    def __init__(self) -> None:
        self.positions: dict[str, list[int]] = defaultdict(list)

    def numbers(self, size: int) -> dict[str, int]:
        made: dict[str, int] = {}
        for name, positions in self.positions.items():
            bits = bytearray(size // 8 + 1)
            for place in positions:
                bits[place >> 3] |= 1 << (place & 7)
            made[name] = int.from_bytes(bits, "little")
        return made


class _Group:
    """Words that begin alike, in one number: a bit for each letter, and between words one never set."""

    def __init__(self, words: Iterable[tuple[int, Spelling]]) -> None:
        accept, loop, begin, begin_within, kinds = (_Masks() for _ in range(5))
        self.ids: dict[int, int] = {}
        place = 0
        for number, word in words:
            size, letters = word.size, word.letters
            for index, letter in enumerate(letters):
                here = place + index
                if letter in (_SPACE, _MAYBE):
                    kinds.positions["across"].append(here)
                    if letter == _MAYBE:
                        kinds.positions["after_maybe"].append(here + 1)
                    continue
                symbols = _read_as(letter, size, letters)
                for symbol in symbols:
                    accept.positions[symbol].append(here)
                    if letter.isalpha() and size >= _LONG:
                        loop.positions[symbol].append(here)
                    if index == 0:
                        (begin_within if word.open_left else begin).positions[symbol].append(here)
                if not (letter.isalnum() or letter == TALL):
                    kinds.positions["signs"].append(here)
                if size >= _LONG:
                    kinds.positions["past_figures"].append(here)
                if size >= _FEWEST_SPACED:
                    kinds.positions["spaced"].append(here)
            end = place + len(letters) - 1
            for where in _alone(word):
                kinds.positions["alone"].append(place + where)
            kinds.positions["past_figures"].append(end)
            kinds.positions["within" if word.open_right else "whole"].append(end)
            if not any(c.isalpha() for c in letters):
                kinds.positions["no_letters"].append(end)
            self.ids[end] = number
            place += len(letters) + 1
        self.accept, self.loop = accept.numbers(place), loop.numbers(place)
        self.begin, self.begin_within = begin.numbers(place), begin_within.numbers(place)
        made = kinds.numbers(place)
        self.across = made.get("across", 0)  # gaps of the word itself
        self.after_maybe = made.get("after_maybe", 0)
        self.held = self.across | made.get("signs", 0)  # what stays where nothing is spelled across
        self.alone = made.get("alone", 0) | self.held
        self.spaced = made.get("spaced", 0) | self.held
        self.past_figures = made.get("past_figures", 0)
        self.whole, self.within = made.get("whole", 0), made.get("within", 0)
        self.no_letters = made.get("no_letters", 0)

    def over(self, link: Gap) -> int:
        """The letters after which a gap of that kind may come."""
        return self.spaced if link is Gap.LETTERS else self.alone if link is Gap.ALONE else self.held

    def step(self, state: int, symbol: str, begun: int, repeats: bool) -> int:
        """The letters at which the words are after that symbol, without those that it is not part of."""
        accept = self.accept.get(symbol, 0)
        after = (state << 1) & accept | begun
        if self.after_maybe:
            after |= (state << 2) & accept & self.after_maybe
        if repeats:
            after |= (after << 1) & accept
            after |= (after << 1) & accept
        if symbol in self.loop:
            after |= state & self.loop[symbol]
        return after


def _read_as(letter: str, size: int, letters: str) -> str:
    """What is read as that letter of a word."""
    if not letter.isalpha():
        return letter
    symbols = letter + _STANDS_IN.get(letter, "")
    if letter in "il":
        symbols += TALL
    if letter == "i" and size >= _VERY_LONG and "il" not in letters and "li" not in letters:
        symbols += "l"
    if letter in "uw" and size >= _LONG:
        symbols += "v"
    return symbols


def _alone(word: Spelling) -> Iterator[int]:
    """After which letters a space may stand: a consonant at one end of a long word, as in b adger."""
    letters = word.letters
    if word.size < _VERY_LONG or not letters.isalpha():
        return
    if not word.open_left and letters[0] not in "aiouy" and letters[1] != letters[0]:
        yield 0
    if not word.open_right and letters[-1] not in "aiouy" and letters[-2] != letters[-1]:
        yield len(letters) - 2


# the search ---------------------------------------------------------------------------------------------

Counts = Callable[[int, int, int], bool]
"""Whether a plainly written word counts: its number, and where in the reading's text it begins and ends."""


class Found(Protocol):
    """Takes a word's number and the piece in which it ends; tells whether it need not be found again."""

    def __call__(self, number: int, piece: int, *, plainly: bool) -> bool: ...


_State = dict[_Group, int]


class WordSearch:
    """Words, numbered as they come, that can be looked for in any number of texts, on any thread."""

    def __init__(self, words: Sequence[str]) -> None:
        groups: dict[str, list[tuple[int, Spelling]]] = defaultdict(list)
        plain: dict[str, list[int]] = defaultdict(list)
        signs = set(STANDS_FOR) - set("0123456789")
        self._reach = 0  # pieces beside an odd one that a phrase may have
        for number, written in enumerate(words):
            for word in spellings(written):
                groups[_group_of(word.letters[0])].append((number, word))
                for pattern in word.patterns(coarse):
                    plain[pattern].append(number)
                signs |= {c for c in word.letters if not c.isalnum() and c not in (_SPACE, _MAYBE, TALL)}
                self._reach = max(self._reach, word.parts - 1)
        self._groups = [_Group(each) for each in groups.values()]
        self.beginning: dict[str, list[_Group]] = {}
        for group in self._groups:
            for symbol in group.begin.keys() | group.begin_within.keys():
                self.beginning.setdefault(symbol, []).append(group)
        self.sign = re.compile(f"[{re.escape(''.join(sorted(signs)))}]")
        self._plainly: Any = ahocorasick.Automaton()
        for pattern, numbers in plain.items():
            self._plainly.add_word(pattern, (len(pattern), numbers))
        self._plainly.make_automaton()

    def search(self, reading: Reading, counts: Counts, found: Found) -> None:
        """Tells `found` of every word that is in the text, each at least once; of those that are written
        plainly only where they count."""
        if not self._groups:
            return
        settled: set[int] = set()

        def tell(number: int, piece: int, *, plainly: bool = False) -> bool:
            if number not in settled and found(number, piece, plainly=plainly):
                settled.add(number)
            return number in settled

        for first, last, numbers in _merged(self._written_plainly(reading, counts, settled)):

            def tell_counted(number: int, piece: int, among: set[int] = numbers) -> bool:
                return number not in among or tell(number, piece, plainly=True)

            _Look(self, reading, tell_counted, plainly=True).over(first, last)
        for first, last, _numbers in _merged((*span, set[int]()) for span in self._odd(reading)):
            _Look(self, reading, tell, plainly=False).over(first, last)

    def _written_plainly(
        self, reading: Reading, counts: Counts, settled: set[int]
    ) -> Iterator[tuple[int, int, set[int]]]:
        """The pieces, from and to, in which Aho-Corasick finds words, and which."""
        if not len(self._plainly):
            return
        text, offsets = _in_one(reading, coarse)
        letters = _Letters(reading)
        for end, (length, numbers) in self._plainly.iter(text):
            begin = end - length + 1
            begin, end = begin + (text[begin] == " "), end - (text[end] == " ")
            first, last = bisect_right(offsets, begin) - 1, bisect_right(offsets, end) - 1
            wanted = {
                number
                for number in numbers
                if number not in settled
                and counts(
                    number,
                    letters.at(first, begin - offsets[first])[0],
                    letters.at(last, end - offsets[last])[1],
                )
            }
            if wanted:
                yield first, last, wanted

    def _odd(self, reading: Reading) -> Iterator[tuple[int, int]]:
        """The pieces, from and to, where something may be spelled with signs, figures or gaps."""
        last = len(reading.pieces) - 1
        odd: set[int] = set()
        for place, gap in enumerate(reading.gaps):
            if gap:
                odd |= {place - 1, place}
        starts = [start for start, _end in reading.pieces]
        for sign in self.sign.finditer(reading.text):
            after = bisect_right(starts, sign.start())
            odd |= {after - 1, after}
        odd |= {
            place for place, word in enumerate(reading.words) if not word.isalpha() and not word.isdecimal()
        }
        for place in sorted(odd):
            yield max(0, place - self._reach), min(last, place + self._reach)


def _group_of(letter: str) -> str:
    """Words whose first letters may be one and the same sign are in one group, so that it begins few."""
    if letter in "aeioul":
        return "a"
    return "b" if letter in "bg" else letter


def _merged(spans: Iterable[tuple[int, int, set[int]]]) -> Iterator[tuple[int, int, set[int]]]:
    """The spans in order, those that meet as one."""
    going: tuple[int, int, set[int]] | None = None
    for first, last, numbers in sorted(spans, key=lambda span: span[:2]):
        if going is not None and first <= going[1] + 1:
            going = going[0], max(going[1], last), going[2] | numbers
            continue
        if going is not None:
            yield going
        going = first, last, numbers
    if going is not None:
        yield going


def _in_one(reading: Reading, folded: Callable[[str], str]) -> tuple[str, list[int]]:
    """All pieces, each folded, with one space where a word may begin or end, and where each is in that."""
    known: dict[str, str] = {}
    parts: list[str] = []
    offsets: list[int] = []
    length = 0
    for place, word in enumerate(reading.words):
        said = known.get(word)
        if said is None:
            said = known[word] = folded(word)
        gap = " "
        if not reading.begins[place]:
            gap = " '" if reading.ends[place - 1] else "'"
        parts += gap, said
        length += len(gap)
        offsets.append(length)
        length += len(said)
    parts.append(" ")
    return "".join(parts), offsets


class _Letters:
    """Where the letters of a coarse piece are in the reading's text."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[int, list[int]] = {}

    def at(self, piece: int, letter: int) -> tuple[int, int]:
        """From and to, of that letter of that piece."""
        starts = self._known.get(piece)
        if starts is None:
            begin, end = self._reading.pieces[piece]
            finely = self._reading.words[piece].translate(_COARSE)
            starts = [begin + place for place, c in enumerate(finely) if not place or finely[place - 1] != c]
            starts.append(end)
            self._known[piece] = starts
        return starts[letter], starts[letter + 1]


class Spans:
    """Stretches of a text."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _end in ordered]
        self._reach = list(accumulate((end for _start, end in ordered), max))

    def cover(self, start: int, end: int) -> bool:
        """Whether one of them holds all from `start` to `end`."""
        before = bisect_right(self._starts, start)
        return before > 0 and self._reach[before - 1] >= end

    def as_written(self, at: Sequence[int]) -> Spans:
        """The same in what was written, where each character of the text is from `at`."""
        spans = zip(self._starts, self._reach, strict=True)
        return Spans((at[start], at[end - 1] + 1) for start, end in spans)


class PlainSearch:
    """Words that are looked for only as they are, in folded letters."""

    def __init__(self, words: Sequence[str]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        for written in words:
            for word in spellings(written):
                for pattern in word.patterns(str):
                    self._automaton.add_word(pattern, len(pattern))
        self._automaton.make_automaton()

    def spans(self, reading: Reading) -> Spans:
        """Where they are in the reading's text."""
        if not len(self._automaton):
            return _NOWHERE
        text, offsets = _in_one(reading, str)
        found: list[tuple[int, int]] = []
        for last, length in self._automaton.iter(text):
            start, end = last - length + 1, last
            start, end = start + (text[start] == " "), end + (text[end] != " ")
            first, ending = bisect_right(offsets, start) - 1, bisect_right(offsets, end - 1) - 1
            start += reading.pieces[first][0] - offsets[first]
            found.append((start, end + reading.pieces[ending][0] - offsets[ending]))
        return Spans(found)


_NOWHERE = Spans(())


class _Look:
    """A close look at some pieces, one after the other. plainly: nothing is spelled across their gaps.

    Followed are two states: of spellings with a letter in them, and of those with only signs and figures so
    far. The latter are no words yet: 455 beats a minute say nothing.
    """

    def __init__(
        self, search: WordSearch, reading: Reading, tell: Callable[[int, int], bool], *, plainly: bool
    ) -> None:
        self._search = search
        self._reading = reading
        self._tell = tell
        self._plainly = plainly
        self._lettered: _State = {}
        self._unlettered: _State = {}
        self._settled: _State = {}

    def over(self, first: int, last: int) -> None:
        """From one piece to another, with the gaps around them."""
        for piece in range(first, last + 1):
            self._gap(piece)
            self._piece(piece)
        self._gap(last + 1)

    # pieces

    def _piece(self, piece: int) -> None:
        reading = self._reading
        word = reading.words[piece]
        begins, ends = reading.begins[piece], reading.ends[piece]
        if not self._plainly:
            begins, ends = begins and reading.first[piece], ends and reading.last[piece]
        place, length = 0, len(word)
        while place < length:
            symbol = word[place]
            after = place + 1
            while after < length and word[after] == symbol:
                after += 1
            figure = symbol in _FIGURES
            self._letter(symbol, piece, figure=figure, begins=begins, repeats=after - place > 2)
            begins = begins and figure  # what is counted may be written in figures before it
            if after - place == 2:
                self._letter(symbol, piece, figure=figure, begins=begins, repeats=False)
            place = after
        if ends:
            self._ended(self._lettered, piece, unlettered=False)
            self._ended(self._unlettered, piece, unlettered=True)

    def _letter(self, symbol: str, piece: int, *, figure: bool, begins: bool, repeats: bool) -> None:
        """Goes on by one letter, which may stand alone or, where it repeats, for up to three."""
        begun: _State = {}
        for group in self._search.beginning.get(symbol, ()):
            state = group.begin_within.get(symbol, 0)
            if begins:
                state |= group.begin.get(symbol, 0)
            if state:
                begun[group] = state
        if not figure:
            for group, state in self._unlettered.items():
                self._lettered[group] = self._lettered.get(group, 0) | state
            self._unlettered = {}
            self._lettered = _stepped(self._lettered, symbol, begun, repeats=repeats)
        else:
            self._lettered = _past(self._lettered, _stepped(self._lettered, symbol, {}, repeats=repeats))
            self._unlettered = _past(
                self._unlettered, _stepped(self._unlettered, symbol, begun, repeats=repeats)
            )
        for group, state in self._lettered.items():
            if state & group.within:
                self._hit(group, state & group.within, piece)
        for group, state in self._unlettered.items():
            if state & group.within & group.no_letters:
                self._hit(group, state & group.within & group.no_letters, piece)

    def _ended(self, states: _State, piece: int, *, unlettered: bool) -> None:
        for group, state in states.items():
            hit = state & group.whole
            if unlettered:
                hit &= group.no_letters
            if hit:
                self._hit(group, hit, piece)

    def _hit(self, group: _Group, hit: int, piece: int) -> None:
        settled = self._settled.get(group, 0)
        hit &= ~settled
        while hit:
            lowest = hit & -hit
            hit ^= lowest
            if self._tell(group.ids[lowest.bit_length() - 1], piece):
                settled |= lowest
        self._settled[group] = settled

    # gaps

    def _gap(self, piece: int) -> None:
        """Goes on over the gap before that piece, and the signs in it that may be letters."""
        reading, pieces = self._reading, self._reading.pieces
        begin = pieces[piece - 1][1] if piece else 0
        end = pieces[piece][0] if piece < len(pieces) else len(reading.text)
        link = Gap.NOTHING if self._plainly else reading.gaps[piece]
        space = reading.kinds.find("s", begin, end)
        self._across()
        signs = [sign.start() for sign in self._search.sign.finditer(reading.text, begin, end)]
        count = len(signs)
        counted = range(count)
        if count > 2 * _SIGNS_COUNTED:
            counted = (*range(_SIGNS_COUNTED), *range(count - _SIGNS_COUNTED, count))
        held = False
        for number in counted:
            place = signs[number]
            if not held and 0 <= space < place:
                self._hold(link)
                held = True
            self._sign(
                piece,
                reading.text[place],
                begins=self._may_end(begin, place, number, piece - 1),
                ends=self._may_end(place + 1, end, count - number - 1, piece),
            )
        if not held and (space >= 0 or link is Gap.NOTHING):
            self._hold(link)

    def _may_end(self, begin: int, end: int, signs: int, piece: int) -> bool:
        """Whether a word may end at a sign, where that lies between it and the piece there; or begin."""
        reading = self._reading
        spaces = reading.kinds.count("s", begin, end)
        if spaces or not 0 <= piece < len(reading.pieces):
            return True
        return end - begin > signs and not reading.single[piece]

    def _sign(self, piece: int, sign: str, *, begins: bool, ends: bool) -> None:
        """Goes on by a sign, which is a letter or nothing."""
        begun: _State = {}
        for group in self._search.beginning.get(sign, ()):
            begun[group] = group.begin_within.get(sign, 0) | (group.begin.get(sign, 0) if begins else 0)
        lettered = _stepped(self._lettered, sign, {}, repeats=False)
        unlettered = _stepped(self._unlettered, sign, begun, repeats=False)
        where = min(piece, len(self._reading.pieces) - 1)
        for group, state in lettered.items():
            if hit := state & (group.within | (group.whole if ends else 0)):
                self._hit(group, hit, where)
        for group, state in unlettered.items():
            if hit := state & (group.within | (group.whole if ends else 0)) & group.no_letters:
                self._hit(group, hit, where)
        for states, before in ((lettered, self._lettered), (unlettered, self._unlettered)):
            for group, state in before.items():
                states[group] = states.get(group, 0) | state
        self._lettered, self._unlettered = lettered, unlettered
        self._across()

    def _across(self) -> None:
        """Gaps of the words themselves are passed."""
        for states in (self._lettered, self._unlettered):
            for group, state in states.items():
                if group.across:
                    states[group] = state | (state << 1) & group.across

    def _hold(self, link: Gap) -> None:
        """Only what may be spelled across the gap goes on."""
        if link is Gap.ANYTHING:
            return
        self._lettered = {g: kept for g, state in self._lettered.items() if (kept := state & g.over(link))}
        self._unlettered = {
            g: kept for g, state in self._unlettered.items() if (kept := state & g.over(link))
        }


_FIGURES = frozenset("0123456789")


def _stepped(states: _State, symbol: str, begun: _State, *, repeats: bool) -> _State:
    """Each group after that symbol, with what begins there; without those in which nothing goes on."""
    after: _State = {}
    for group, state in states.items():
        if stepped := group.step(state, symbol, begun.get(group, 0), repeats):
            after[group] = stepped
    for group, state in begun.items():
        if group not in states and (stepped := group.step(0, symbol, state, repeats)):
            after[group] = stepped
    return after


def _past(before: _State, after: _State) -> _State:
    """With what takes a figure for nothing."""
    for group, state in before.items():
        if kept := state & group.past_figures:
            after[group] = after.get(group, 0) | kept
    return after

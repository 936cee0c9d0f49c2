"""Thousands of words looked for in one text, however they are spelled there.

The rule: the time that this takes grows with the length of the text and with nothing that the text says. Two
automata share the work. Aho-Corasick goes over all pieces of the text, folded so coarsely that it misses
nothing, and says which of them are worth a look. What is worth one, and whatever is spelled with signs,
figures or gaps, goes through `services.words.word_automaton`, which says what is there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Protocol, cast

import ahocorasick

from services.text.confusables import EITHER, STANDS_FOR
from services.words.spellings import Gap, Reading, is_written
from services.words.word_automaton import FIGURES, Automaton, State, Walk
from services.words.word_forms import MAYBE, SPACE, coarse, coarsely, spellings

_INSIDE = "#"  # read as a letter only between others: C# is a key, #song a tag
_SIGNS_COUNTED = 8  # at each end of a gap, of those that may be letters

Counts = Callable[[int, int, int, int], bool]
"""Whether a plainly written word counts: its number, from and to in the reading's text, its last piece."""


class Found(Protocol):
    """Takes a word's number and the piece in which it ends; tells whether it need not be found again."""

    def __call__(self, number: int, piece: int, *, plainly: bool) -> bool: ...


class WordSearch:
    """Words, numbered as they come, that can be looked for in any number of texts, on any thread."""

    def __init__(self, words: Sequence[str]) -> None:
        found = [(number, word) for number, written in enumerate(words) for word in spellings(written)]
        self._automaton = Automaton(found)
        plain: dict[str, list[int]] = defaultdict(list)
        signs = {sign for sign in STANDS_FOR if sign not in FIGURES}
        self._reach = 0  # pieces beside an odd one that a phrase may have
        for number, word in found:
            for pattern in word.patterns(coarse):
                plain[pattern].append(number)
            signs |= {c for c in word.letters if not is_written(c) and c not in (SPACE, MAYBE)}
            self._reach = max(self._reach, word.parts - 1)
        self._sign = re.compile(f"[{re.escape(''.join(sorted(signs)))}]")
        self._plainly = _aho_corasick()
        for pattern, numbers in plain.items():
            self._plainly.add_word(pattern, (len(pattern), numbers))
        self._plainly.make_automaton()

    def search(self, reading: Reading, counts: Counts, found: Found) -> int:
        """Tells `found` of every word that is in the text, each at least once; of those that are written
        plainly, only where they count. Returns how many steps the automaton had to find out.
        """
        look = _Look(reading, Walk(self._automaton, set(reading.text)), self._sign, found)
        for first, last, among in _merged(self._written_plainly(reading, counts, look.settled)):
            look.over(first, last, among)
        for first, last in self._odd(reading):
            look.over(first, last)
        return look.walk.steps

    def _written_plainly(
        self, reading: Reading, counts: Counts, settled: set[int]
    ) -> Iterator[tuple[int, int, set[int]]]:
        """The pieces, from and to, in which Aho-Corasick finds words, and which."""
        if not len(self._plainly):
            return
        text, offsets = reading.in_one(coarse)
        letters = _Letters(reading)
        for last, (length, numbers) in self._plainly.iter(text):
            start, end = last - length + 1, last
            start, end = start + (text[start] == " "), end - (text[end] == " ")
            first, ending = bisect_right(offsets, start) - 1, bisect_right(offsets, end) - 1
            begin = letters.at(first, start - offsets[first])[0]
            stop = letters.at(ending, end - offsets[ending])[1]
            wanted = {one for one in numbers if one not in settled and counts(one, begin, stop, ending)}
            if wanted:
                yield first, ending, wanted

    def _odd(self, reading: Reading) -> Iterator[tuple[int, int]]:
        """The pieces, from and to, where something may be spelled with signs, figures or gaps."""
        signed = {gap for gap in set(reading.between) if self._sign.search(gap)}
        figures = {word for word in set(reading.words) if _is_odd(word)}
        words = [*reading.words, ""]
        end, reach = len(reading.pieces) - 1, self._reach
        first = last = -1
        for place, gap in enumerate(reading.gaps):
            by_gap = gap or reading.between[place] in signed
            if not by_gap and words[place] not in figures:
                continue
            start = place - by_gap - reach
            if last >= 0 and start > last + 1:
                yield max(0, first), min(end, last)
                first = start
            elif last < 0:
                first = start
            last = place + reach
        if last >= 0:
            yield max(0, first), min(end, last)


def _is_odd(word: str) -> bool:
    """Whether the piece may be spelled in ways that its coarse form does not show."""
    if word.isascii() and word.isalpha():
        return False
    return not (word.isalpha() or word.isdecimal()) or any(c in EITHER for c in word)


def _aho_corasick() -> Any:
    return cast("Any", ahocorasick).Automaton()  # which says nothing of its types


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


# a close look -------------------------------------------------------------------------------------------


class _Look:
    """A close look at pieces of a reading, one after the other, with the gaps around them."""

    def __init__(self, reading: Reading, walk: Walk, sign: re.Pattern[str], found: Found) -> None:
        self.walk = walk
        self.settled: set[int] = set()
        self._reading = reading
        self._sign = sign
        self._found = found
        self._among: set[int] | None = None
        self._ways: dict[tuple[str, Gap, bool, bool, bool, bool], list[tuple[str | Gap, bool]]] = {}

    def over(self, first: int, last: int, among: set[int] | None = None) -> None:
        """From one piece to another. among: the words that were found there, written plainly: only these are
        looked for, and nothing is spelled across gaps."""
        self._among = among
        reading, step = self._reading, self.walk.step
        words, gaps, between = reading.words, reading.gaps, reading.between
        begins, ends = reading.edges if among is None else (reading.begins, reading.ends)
        signed = {gap for gap in set(between[first : last + 2]) if self._sign.search(gap)}
        state = self.walk.start
        for piece in range(first, last + 2):
            gap, link = between[piece], Gap.NOTHING if among else gaps[piece]
            if gap in signed:
                state = self._gap(state, piece, gap, link)
            else:
                state = state.after.get(link) or step(state, link)
            if piece > last:
                break
            word = words[piece]
            if len(word) == 1:
                event = f"{word}^" if begins[piece] else word
                state = state.after.get(event) or step(state, event)
                if state.inside:
                    self._tell(state.inside, piece)
            else:
                state = self._piece(state, piece, word, begins=begins[piece])
            if state.whole and ends[piece]:
                self._tell(state.whole, piece)

    def _gap(self, state: State, piece: int, gap: str, link: Gap) -> State:
        """Over the gap before that piece, with its signs that may be letters."""
        for event, may_end in self._way(piece, gap, link):
            state = state.after.get(event) or self.walk.step(state, event)
            if state.inside:
                self._tell(state.inside, piece)
            if may_end and state.whole:
                self._tell(state.whole, piece)
        return state

    def _piece(self, state: State, piece: int, word: str, *, begins: bool) -> State:
        step = self.walk.step
        place, length = 0, len(word)
        while place < length:
            symbol = word[place]
            after = place + 1
            while after < length and word[after] == symbol:
                after += 1
            event = f"{symbol}^" if begins else symbol
            state = step(state, f"{event}3" if after - place > 2 else event)
            begins = begins and symbol in FIGURES  # a word may have figures before it
            if state.inside:
                self._tell(state.inside, piece)
            if after - place == 2:
                state = step(state, f"{symbol}^" if begins else symbol)
                if state.inside:
                    self._tell(state.inside, piece)
            place = after
        return state

    def _way(self, piece: int, gap: str, link: Gap) -> list[tuple[str | Gap, bool]]:
        """The events in the gap before that piece, each with whether a word may end with it."""
        single, count = self._reading.single, len(self._reading.single)
        # whether a word that is set off from the piece there by a sign that is no letter may begin, or end
        left, right = piece == 0 or not single[piece - 1], piece >= count or not single[piece]
        edges = piece == 0, piece >= count
        key = gap, link, left, right, *edges
        way = self._ways.get(key)
        if way is None:
            way = self._ways[key] = list(_events(gap, self._sign, link, (left, right), edges))
        return way

    def _tell(self, numbers: Iterable[int], piece: int) -> None:
        among, settled = self._among, self.settled
        where = min(piece, max(0, len(self._reading.pieces) - 1))
        for number in numbers:
            if number in settled or (among is not None and number not in among):
                continue
            if self._found(number, where, plainly=among is not None):
                settled.add(number)


def _events(
    gap: str, sign: re.Pattern[str], link: Gap, longer: tuple[bool, bool], edges: tuple[bool, bool]
) -> Iterator[tuple[str | Gap, bool]]:
    """What happens in a gap. longer: whether the pieces before and after it are more than one letter; edges:
    whether there is none."""
    signs = [found.start() for found in sign.finditer(gap)]
    if not signs:
        yield link, False
        return
    yield Gap.ANYTHING, False
    count, spaces, held = len(signs), 0, False
    all_spaces = sum(c.isspace() for c in gap)
    done = 0
    for number, place in enumerate(signs):
        spaces += sum(c.isspace() for c in gap[done:place])
        done = place
        if _SIGNS_COUNTED <= number < count - _SIGNS_COUNTED:
            continue
        if spaces and not held:
            yield link, False
            held = True
        begins = edges[0] or spaces > 0 or (place > number and longer[0])
        rest = len(gap) - place - 1 > count - number - 1
        ends = edges[1] or spaces < all_spaces or (rest and longer[1])
        if gap[place] in _INSIDE:
            begins = ends = False
        yield f" {gap[place]}^" if begins else f" {gap[place]}", ends
    if not held and (spaces or not edges[0]):
        yield link, False


# plainly written ----------------------------------------------------------------------------------------


class Spans:
    """Stretches of a text."""

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._spans = sorted(spans)
        self._starts = [start for start, _end in self._spans]
        self._reach = list(accumulate((end for _start, end in self._spans), max))

    def cover(self, start: int, end: int) -> bool:
        """Whether one of them holds all from `start` to `end`."""
        before = bisect_right(self._starts, start)
        return before > 0 and self._reach[before - 1] >= end

    def as_written(self, at: Sequence[int]) -> Spans:
        """The same in what was written, where each character of the text is from `at`."""
        return Spans((at[start], at[end - 1] + 1) for start, end in self._spans)


class PlainSearch:
    """Words that are looked for only as they are, in folded letters."""

    def __init__(self, words: Sequence[str]) -> None:
        self._automaton = _aho_corasick()
        for written in words:
            for word in spellings(written):
                for pattern in word.patterns(str):
                    self._automaton.add_word(pattern, len(pattern))
        self._automaton.make_automaton()

    def spans(self, reading: Reading) -> Spans:
        """Where they are in the reading's text."""
        if not len(self._automaton):
            return Spans()
        text, offsets = reading.plain
        found: list[tuple[int, int]] = []
        for last, length in self._automaton.iter(text):
            start, end = last - length + 1, last
            start, end = start + (text[start] == " "), end + (text[end] != " ")
            first, ending = bisect_right(offsets, start) - 1, bisect_right(offsets, end - 1) - 1
            start += reading.pieces[first][0] - offsets[first]
            found.append((start, end + reading.pieces[ending][0] - offsets[ending]))
        return Spans(found)


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
            finely = coarsely(self._reading.words[piece])
            runs = (place for place, c in enumerate(finely) if not place or finely[place - 1] != c)
            starts = self._known[piece] = [*(begin + place for place in runs), end]
        return starts[letter], starts[letter + 1]

"""An automaton that follows many words through one text at once, with a bit for each of their letters.

The rule: a step takes a time that the words set and the text does not, also where a sign may be several
letters or none (Baeza-Yates and Gonnet, "A new approach to text searching", 1992; Wu and Manning, "Fast text
searching allowing errors", 1992). Steps that were taken before are remembered as long as one search lasts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from services.words.spellings import Gap, is_written
from services.words.word_forms import LONG, MAYBE, VERY_LONG, Spelling, alone, letter_in, letters_in

FIGURES = frozenset("0123456789")
_Places = dict[int, int]  # for the number of each group, the letters at which it is
_NONE = ((), ())
_AS_GOOD_AS_LETTERS = "@"  # which is seldom anything else where no letter is
MOST_REMEMBERED = 3000  # states; each is some hundred bytes to some thousand


@dataclass(eq=False, slots=True)
class State:
    """Where in the words a text is: in which group at which letters. begun: of spellings that have no letter
    yet, only signs and figures: 455 beats a minute say nothing.

    inside, whole: the numbers of the words that end here, of those that may end within a piece, and of the
    others. after: the states that are known to follow.
    """

    lettered: _Places
    begun: _Places
    inside: Sequence[int]
    whole: Sequence[int]
    after: dict[str | Gap, State] = field(default_factory=dict["str | Gap", "State"])


class Automaton:
    """The words' part of it, which never changes: the same for any number of texts, on any thread."""

    def __init__(self, words: Iterable[tuple[int, Spelling]]) -> None:
        apart: dict[str, list[tuple[int, Spelling]]] = defaultdict(list)
        for number, word in words:
            apart[_group_of(word.letters[0])].append((number, word))
        self.groups = [_Group(each) for each in apart.values()]
        self.begin: dict[str, _Places] = {}  # for each symbol, what begins with it, and what of that anywhere
        self.begin_inside: dict[str, _Places] = {}
        for number, group in enumerate(self.groups):
            for symbol, at in group.begin_inside.items():
                self.begin_inside.setdefault(symbol, {})[number] = at
                self.begin.setdefault(symbol, {})[number] = at
            for symbol, at in group.begin.items():
                everywhere = self.begin.setdefault(symbol, {})
                everywhere[number] = everywhere.get(number, 0) | at


def _group_of(letter: str) -> str:
    """Words whose first letters may be one and the same sign are in one group, so that it begins few."""
    if letter in "aeioul":
        return "a"
    return "b" if letter in "bg" else letter


class Walk:
    """One search's way through the states.

    A letter is an event "a"; "a^" where words may begin with it, "a3" where it is there three times or more.
    A sign is " |" or " |^". A gap is the Gap that it is.
    """

    def __init__(self, automaton: Automaton, symbols: Set[str]) -> None:
        """symbols: all that there are in the text; words that need others are not followed."""
        self._groups = automaton.groups
        self._missing = [group.missing(symbols) for group in self._groups]
        self._begin, self._begin_inside = automaton.begin, automaton.begin_inside
        self._begun: dict[tuple[str, bool], _Places] = {}
        self.start = State({}, {}, (), ())
        self._known: dict[object, State] = {((), ()): self.start}
        self.steps = 0

    def step(self, state: State, event: str | Gap) -> State:
        """The state that follows."""
        after = state.after.get(event)
        if after is None:
            after = self._found(state, event)
            if len(self._known) < MOST_REMEMBERED:
                state.after[event] = after
        return after

    def _found(self, state: State, event: str | Gap) -> State:
        self.steps += 1
        if isinstance(event, Gap):
            lettered, begun = self._over(state.lettered, event), self._over(state.begun, event)
        elif event[0] == " ":
            lettered, begun = self._sign(state, event[1], anywhere=len(event) < 3)
        else:
            lettered, begun = self._letter(state, event[0], event[1:])
        key = tuple(lettered.items()), tuple(begun.items())
        known = self._known.get(key)
        if known is None:
            known = State(lettered, begun, *self._ending(lettered, begun))
            if len(self._known) < MOST_REMEMBERED:
                self._known[key] = known
        return known

    def _letter(self, state: State, symbol: str, how: str) -> tuple[_Places, _Places]:
        new = self._beginning_at(symbol, anywhere="^" not in how)
        repeats = "3" in how
        if symbol not in FIGURES:
            lettered = _joined(state.lettered, state.begun) if state.begun else state.lettered
            return self._stepped(lettered, symbol, new, repeats=repeats), {}
        lettered = self._stepped(state.lettered, symbol, {}, repeats=repeats)
        begun = self._stepped(state.begun, symbol, new, repeats=repeats)
        return self._past(state.lettered, lettered), self._past(state.begun, begun)

    def _sign(self, state: State, symbol: str, *, anywhere: bool) -> tuple[_Places, _Places]:
        new = self._beginning_at(symbol, anywhere=anywhere)
        if symbol in _AS_GOOD_AS_LETTERS:
            lettered = _joined(
                state.lettered, self._stepped(_joined(state.lettered, state.begun), symbol, new)
            )
            return self._over(lettered, Gap.ANYTHING), self._over(state.begun, Gap.ANYTHING)
        lettered = _joined(state.lettered, self._stepped(state.lettered, symbol, {}))
        begun = _joined(state.begun, self._stepped(state.begun, symbol, new))
        return self._over(lettered, Gap.ANYTHING), self._over(begun, Gap.ANYTHING)

    def _beginning_at(self, symbol: str, *, anywhere: bool) -> _Places:
        """Which words begin with that; anywhere: only those that may begin within a piece."""
        found = self._begun.get((symbol, anywhere))
        if found is None:
            begin = (self._begin_inside if anywhere else self._begin).get(symbol, {})
            missing = self._missing
            found = {number: kept for number, at in begin.items() if (kept := at & ~missing[number])}
            self._begun[symbol, anywhere] = found
        return found

    def _stepped(self, states: _Places, symbol: str, new: _Places, *, repeats: bool = False) -> _Places:
        """Each group after that symbol, with what begins there; without those in which nothing goes on."""
        groups = self._groups
        after = new.copy()
        for number, at in states.items():
            group = groups[number]
            if symbol in group.accept:
                accept = group.accept[symbol]
                to = (at << 1) & accept
                if symbol in group.loop:
                    to |= at & group.loop[symbol]
                if group.after_maybe:
                    to |= (at << 2) & accept & group.after_maybe
                if to:
                    after[number] = to | after.get(number, 0)
        if repeats:
            for number, at in after.items():
                accept = groups[number].accept[symbol]
                at |= (at << 1) & accept
                after[number] = at | (at << 1) & accept
        return after

    def _past(self, before: _Places, after: _Places) -> _Places:
        """Adds to `after` the states of `before` that a figure leaves as they are."""
        for number, at in before.items():
            if kept := at & self._groups[number].past_figures:
                after[number] = after.get(number, 0) | kept
        return after

    def _over(self, states: _Places, gap: Gap) -> _Places:
        """What goes on over a gap of that kind; the words' own gaps are passed."""
        after: _Places = {}
        for number, at in states.items():
            group = self._groups[number]
            at |= (at << 1) & group.across
            if gap is not Gap.ANYTHING:
                at &= group.over[gap]
            if at:
                after[number] = at
        return after

    def _ending(self, lettered: _Places, begun: _Places) -> tuple[Sequence[int], Sequence[int]]:
        """Which words end there: those that may within a piece, and the others."""
        groups = self._groups
        ending: list[tuple[_Group, int]] = []
        for number, at in lettered.items():
            if ends := at & groups[number].ends:
                ending.append((groups[number], ends))
        for number, at in begun.items():
            if ends := at & groups[number].no_letters:
                ending.append((groups[number], ends))
        if not ending:
            return _NONE
        inside: list[int] = []
        whole: list[int] = []
        for group, ends in ending:
            group.say(ends, inside, whole)
        return inside, whole


def _joined(one: _Places, other: _Places) -> _Places:
    return one | {number: at | one.get(number, 0) for number, at in other.items()}


class _Group:
    """Words that begin alike, in one number: a bit for each letter, and between words one never set."""

    def __init__(self, words: Iterable[tuple[int, Spelling]]) -> None:
        accept, loop, begin, begin_inside = (defaultdict[str, list[int]](list) for _ in range(4))
        needs, kinds = (defaultdict[str, list[int]](list) for _ in range(2))
        self._ids: dict[int, int] = {}
        place = 0
        for number, word in words:
            for here, (letter, said) in enumerate(zip(letters_in(word), word.letters, strict=True), place):
                if letter is None:
                    kinds["across"].append(here)
                    if said == MAYBE:
                        kinds["after_maybe"].append(here + 1)
                    continue
                needs[said].append(place)
                for way in letter.ways:
                    accept[way].append(here)
                if letter.may_repeat:
                    for way in letter.ways:
                        loop[way].append(here)
                if letter.is_sign:
                    kinds["signs"].append(here)
                if word.size >= LONG:
                    kinds["past_figures"].append(here)
                if letter.may_be_spaced:
                    kinds["spaced"].append(here)
            first, *_others = letters_in(word)
            for way in first.ways if first else "":
                (begin_inside if word.open_left else begin)[way].append(place)
            end = place + len(word.letters) - 1
            kinds["alone"] += [place + where for where in alone(word)]
            kinds["past_figures"].append(end)
            kinds["inside" if word.open_right else "whole"].append(end)
            if not any(is_written(c) and c not in FIGURES for c in word.letters):
                kinds["no_letters"].append(end)
            self._ids[end] = number
            place = end + 2
        self.accept, self.loop = _numbers(accept, place), _numbers(loop, place)
        self.begin, self.begin_inside = _numbers(begin, place), _numbers(begin_inside, place)
        self._needs = [
            (frozenset(letter_in(letter, VERY_LONG, True).ways), at)
            for letter, at in _numbers(needs, place).items()
        ]
        made = defaultdict[str, int](int, _numbers(kinds, place))
        self.across = made["across"]  # the words' own gaps
        self.after_maybe = made["after_maybe"]
        held = self.across | made["signs"]  # what stays where nothing is spelled across
        # the letters after which a gap of each kind may come
        self.over = {Gap.NOTHING: held, Gap.ALONE: held | made["alone"], Gap.LETTERS: held | made["spaced"]}
        self.past_figures = made["past_figures"]
        self._whole, self.no_letters = made["whole"], made["no_letters"]
        self.ends = self._whole | made["inside"]

    def missing(self, symbols: Set[str]) -> int:
        """The first letters of the words that have a letter which none of those symbols can be."""
        found = 0
        for ways, at in self._needs:
            if ways.isdisjoint(symbols):
                found |= at
        return found

    def say(self, ends: int, inside: list[int], whole: list[int]) -> None:
        """Adds the words that have those bits for their last."""
        while ends:
            last = ends & -ends
            ends ^= last
            (whole if self._whole & last else inside).append(self._ids[last.bit_length() - 1])


def _numbers(positions: dict[str, list[int]], size: int) -> dict[str, int]:
    """For each name, a number with a bit at each of its positions."""
    made: dict[str, int] = {}
    for name, places in positions.items():
        bits = bytearray(size // 8 + 1)
        for place in places:
            bits[place >> 3] |= 1 << (place & 7)
        made[name] = int.from_bytes(bits, "little")
    return made

"""What tone.py knows, French and English together: words, faces, phrases; each language has its own files.

Chosen and written by hand for training communities. No word of illness is among them: what they tell is health data
(RGPD, article 9).
"""

from __future__ import annotations

from data import lexicon_en as en
from data import lexicon_fr as fr
from data import lexicon_fr_phrases as fr_phrases

STRONG_GOOD = fr.STRONG_GOOD + en.STRONG_GOOD
GOOD = fr.GOOD + en.GOOD
BAD = fr.BAD + en.BAD
STRONG_BAD = fr.STRONG_BAD + en.STRONG_BAD
NEGATORS = f"{fr.NEGATORS} {en.NEGATORS}"
NEGATION_OPENERS = fr.NEGATION_OPENERS
CONTRACTED_NEGATIONS = en.CONTRACTED_NEGATIONS
STRENGTHENERS = f"{fr.STRENGTHENERS} {en.STRENGTHENERS}"
VERBS = fr.VERBS
TURNS = f"{fr.TURNS} {en.TURNS}"
SPELLINGS = fr.SPELLINGS | en.SPELLINGS

GLAD_FACES = "😀😃😄😁😊🙂☺😍🥰😎🤩🥳👍👏💪🎉🎊❤💚💙💜🧡💛✨🙌😇🤗😌💯🏆😻😉"
SAD_FACES = "😢😭😞😔😟😩😫😡🤬😠🤯😖😣🙄🤦💩😤😰😱😓😥☹🙁😕👎💔😿🥺😒😑🙃🤢😨😪"
"""Faces that say something by themselves; those that laugh (😂, 🤣, 😅, 🙏) say nothing sure."""
GLAD_NAMES = (
    "+1 smile smiley grin blush heart tada clap muscle thumbsup thumbs_up raised_hands heart_eyes partying_face"
)
SAD_NAMES = "-1 cry sob disappointed worried angry rage weary tired_face confused thumbsdown facepalm sweat unamused"
"""The names chat tools write between colons for the same faces."""

IRONY = fr.IRONY + en.IRONY
IDIOMS = {word: fr.IDIOMS.get(word, ()) + en.IDIOMS.get(word, ()) for word in fr.IDIOMS | en.IDIOMS}
TURNS_OF_PHRASE = {word: turns + en.TURNS_OF_PHRASE.get(word, ()) for word, turns in fr.TURNS_OF_PHRASE.items()}
LEAVE = fr_phrases.LEAVE + en.LEAVE
LEAVE_DENIED = fr_phrases.LEAVE_DENIED + en.LEAVE_DENIED
LEAVE_CANCELLED = fr_phrases.LEAVE_CANCELLED + en.LEAVE_CANCELLED
DISTRESS = fr_phrases.DISTRESS + en.DISTRESS
DISTRESS_DENIED = fr_phrases.DISTRESS_DENIED + en.DISTRESS_DENIED
TROUBLE = fr_phrases.TROUBLE + en.TROUBLE
TROUBLE_DENIED = fr_phrases.TROUBLE_DENIED + en.TROUBLE_DENIED
TROUBLE_CANCELLED = fr_phrases.TROUBLE_CANCELLED + en.TROUBLE_CANCELLED
THANKS = fr_phrases.THANKS + en.THANKS
POLITE = fr_phrases.POLITE + en.POLITE
ASKS_FIRST = fr_phrases.ASKS_FIRST + en.ASKS_FIRST
ASKS = fr_phrases.ASKS + en.ASKS
ASKS_LAST = fr_phrases.ASKS_LAST + en.ASKS_LAST
NOT_ASKING = fr_phrases.NOT_ASKING + en.NOT_ASKING
GIVING_UP = fr_phrases.GIVING_UP + en.GIVING_UP
BARE_THANKS = fr_phrases.BARE_THANKS + en.BARE_THANKS

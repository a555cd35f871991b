"""What the author of a post wrote: without what is quoted from others, code, people's names or emoji codes.

The result is text or HTML fit for `tone.read`, which drops tags and reads entities.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from html.parser import HTMLParser

LONGEST = 40_000
"""Characters of a post that are read; the communities we know accept no longer one."""
QUOTING = frozenset({"aside", "blockquote", "pre", "code", "script", "style", "svg"})
"""HTML elements whose content is somebody else's, or no sentence."""
NAMING = frozenset({"mention", "mention-group", "hashtag", "hashtag-cocoded", "meta", "elided", "poll", "onebox"})
"""HTML classes of people's names, captions, quoted e-mails and previews of other pages."""
EMPTY = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
"""HTML elements that hold nothing, and are never closed."""
PARAGRAPHS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_EMOJI = re.compile(r":(?=[^:\s]*[a-zA-Z])[\w+'-]{1,60}:")
_NAMED = re.compile(r"(?<!\w)@[\w.-]{1,60}")
_SLACK_QUOTE = re.compile(r"^[ \t]*&gt;&gt;&gt;.*\Z|^[ \t]*&gt;.*?$", re.MULTILINE | re.DOTALL)
_SLACK_LINK = re.compile(r"<https?:[^<>|]{1,4000}\|([^<>]{0,1000})>")
_SLACK_TOKEN = re.compile(r"<[@#!]?[^<>]{0,4000}>")
_DISCORD_QUOTE = re.compile(r"^>>> .*\Z|^> .*?$|^>$", re.MULTILINE | re.DOTALL)
_DISCORD_TOKEN = re.compile(r"<(?:@[!&]?|#|a?:\w{1,60}:|t:|/[^<>:]{1,60}:|id:)[\w:]{1,60}>")


def from_html(cooked: str) -> str:
    """Return the author's own sentences of an HTML post (Discourse, Canvas).

    >>> from_html('<aside class="quote"><p>Je pars.</p></aside><p>Bonjour <a class="mention">@ada</a>, merci</p>')
    'Bonjour , merci'
    """
    reader = _Own()
    reader.feed(cooked[:LONGEST])
    reader.close()
    return html.escape("".join(reader.told).strip(), quote=False)


def from_slack(text: str) -> str:
    """Return the author's own sentences of a Slack message.

    >>> from_slack("&gt; Je pars.\\n<@U1> reste `x = 1` :cry:")
    'reste'
    """
    own = _SLACK_QUOTE.sub(" ", _CODE.sub(" ", text[:LONGEST]))
    return _unnamed(_SLACK_TOKEN.sub(" ", _SLACK_LINK.sub(r" \1 ", own)))


def from_discord(text: str, mentioned: Iterable[str] = ()) -> str:
    """Return the author's own sentences of a Discord message; the exporter writes mentions as @Name.

    >>> from_discord("> Je pars.\\n@Ada Lovelace reste ||vite||", ["Ada Lovelace"])
    'reste vite'
    """
    own = _DISCORD_QUOTE.sub(" ", _CODE.sub(" ", text[:LONGEST]))
    for name in sorted(mentioned, key=len, reverse=True):
        own = own.replace(f"@{name}", " ")
    own = _DISCORD_TOKEN.sub(" ", own).replace("||", " ")
    return html.escape(" ".join(_unnamed(own).split(" ")).strip(), quote=False)


def _unnamed(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", _EMOJI.sub(" ", _NAMED.sub(" ", text))).strip()


class _Own(HTMLParser):
    """Keeps the text outside quoting elements; an element left open takes the rest with it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self._left = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth:
            self._depth += tag == self._left
        elif tag in PARAGRAPHS and tag in EMPTY:
            self.told.append("\n")
        elif tag in EMPTY:
            return
        elif tag in QUOTING or NAMING & set((dict(attrs).get("class") or "").split()):
            self._left, self._depth = tag, 1
        elif tag in PARAGRAPHS:
            self.told.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._depth -= tag == self._left
        elif tag in PARAGRAPHS and tag not in EMPTY:
            self.told.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._depth:
            self.told.append(data)

"""Slack exports: public channels only, threads, the author's own words; and archives that are traps."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.imports import import_source
from data.sources import authored
from data.sources.archives import open_export
from data.sources.base import Clock, Request
from data.sources.communities import Community, Member, community
from data.sources.plain_source import PlainSource
from data.sources.slack import Slack
from tests.unit.damage import damaged, seeded
from tests.unit.small_home import TODAY, adds_up, enrolments, everything, number, rows, small_home

PROVES = {"posts": "test_posts_come_with_their_thread_parent_author_and_reading"}
CHANNELS = [
    {"id": "C1", "name": "entraide-python", "is_general": False, "is_archived": False, "members": ["U1", "U2"]},
    {"id": "C2", "name": "présentations", "is_archived": True},
    {"id": "C3", "name": "équipe", "is_private": True},
    {"id": "C4", "name": "détente"},
    {"id": "C5", "name": "vide"},
]
USERS = [
    {"id": "U1", "name": "ada", "profile": {"email": "ada@example.org", "real_name": "Ada"}},
    {"id": "U2", "name": "bob", "deleted": True, "profile": {"real_name": "Bob"}},
    {"id": "W3", "name": "mia", "is_admin": True, "profile": {"email": "mia@training.example"}},
    {"id": "U4", "name": "gus", "profile": {"email": "gus@training.example"}},
    {"id": "U5", "name": "zoe", "is_restricted": True, "profile": {"email": "zoe@elsewhere.example"}},
    {"id": "B1", "name": "appli", "is_bot": True},
    {"name": "personne"},
]
MARCH = 1768208400  # 2026-01-12T09:00:00Z


def stamp(minutes: int) -> str:
    return f"{MARCH + 60 * minutes}.000100"


def said(minutes: int, user: str | None, text: str, **more: Any) -> dict[str, Any]:
    told = {"type": "message", "ts": stamp(minutes), "text": text, "client_msg_id": "x", **more}
    return {**told, "user": user} if user else told


ENTRAIDE = [
    said(0, "U1", "<!here> Comment lancer `pip install` ? :cry:", thread_ts=stamp(0), reply_count=2,
         reactions=[{"name": "+1", "users": ["U1", "U2", "W3"], "count": 5},
                    {"name": "eyes", "users": ["B1"], "count": 1}]),
    said(1, "W3", "&gt; Je pense arrêter la formation.\nBonjour <@U1>, merci !", thread_ts=stamp(0)),
    said(2, "U2", "Même souci.", thread_ts=stamp(0), subtype="thread_broadcast", edited={"user": "U2", "ts": stamp(9)}),
    said(3, "U1", "has joined the channel", subtype="channel_join"),
    said(4, None, "Construit !", subtype="bot_message", bot_id="B9"),
    said(5, "B1", "Bonjour", bot_id="B9", bot_profile={"id": "B9"}),
    said(6, "USLACKBOT", "This message was deleted.", subtype="tombstone", hidden=True),
    said(7, "U1", "", subtype="message_changed", message={"text": "secret"}, previous_message={"text": "secret"}),
    said(8, "U5", "Je passe par là."), said(10, "U9", "D'un autre espace."),
    {"type": "message", "user": "U1", "text": "sans instant", "ts": "hier"},
    {"type": "message", "text": "sans auteur", "ts": stamp(11)}, "pas un message",
]  # fmt: skip
FILES: dict[str, Any] = {
    "channels.json": CHANNELS, "users.json": USERS, "groups.json": [{"id": "G1", "name": "secret-mentors"}],
    "dms.json": [{"id": "D1", "members": ["U1", "U2"]}], "mpims.json": [{"id": "G2", "name": "mpdm-ada--bob-1"}],
    "integration_logs.json": [{"user_id": "U1"}],
    "entraide-python/2026-01-12.json": ENTRAIDE,
    "entraide-python/2026-01-13.json": [said(1500, "U4", "Pensez à l'émargement.", files=[{"id": "F1"}])],
    "entraide-python/canvas_in_the_conversation.json": [said(1, "U1", "jamais lu")],
    "présentations/2026-01-12.json": [said(20, "U1", "Bonjour, je suis Ada.", subtype="me_message")],
    "équipe/2026-01-12.json": [said(30, "W3", "interdit")], "détente/2026-01-12.json": [said(40, "U1", "Ouf")],
    "secret-mentors/2026-01-12.json": [said(50, "W3", "interdit")], "D1/2026-01-12.json": [said(60, "U1", "interdit")],
    "mpdm-ada--bob-1/2026-01-12.json": [said(70, "U1", "interdit")],
    "__MACOSX/._channels.json": b"\0\1", ".DS_Store": b"\0",
}  # fmt: skip
TOLD = """
[people]
bob = "bob@example.org"
mia = {role = "mentor"}
[roles]
"@training.example" = "trainer"
[channels]
"détente" = "none"
[sessions]
"#entraide-python" = "S1"
"""


def write(folder: Path, files: Mapping[str, Any] = FILES) -> Path:
    for name, held in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held if isinstance(held, bytes) else json.dumps(held, ensure_ascii=False).encode())
    return folder


def zipped(path: Path, files: Mapping[str, Any] = FILES, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in files.items():
            archive.writestr(top + name, held if isinstance(held, bytes) else json.dumps(held))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return small_home(tmp_path_factory.mktemp("slack") / "home")


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def options(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "community.toml").write_text(TOLD, encoding="utf-8")
    return dict.fromkeys(("people", "roles", "channels", "sessions"), str(tmp_path / "community.toml"))


def bring(home: Home, place: Path, options: Mapping[str, str]) -> Manifest:
    return import_source(home, "slack", str(place), as_of=TODAY, options=options)


def posts(home: Home) -> dict[str, tuple[Any, ...]]:
    """Return, by channel and minute: thread, parent, author, channel, reactions, words, asks, leaves, thanks."""
    minutes = {f"{c}:{stamp(m)}": f"{c}+{m}" for c in ("C1", "C2", "C4") for m in (*range(80), 1500)}
    told = {number(home, "slack", kind, n): m for n, m in minutes.items() for kind in ("post", "thread")}
    who = enrolments(home)
    found = rows(home, "SELECT record_id, thread_id, parent_id, enrolment_id, author_role, channel, reactions, n_words,"
                       " is_question, intent_to_leave, thanks FROM posts")  # fmt: skip
    return {told[r[0]]: (told[r[1]], told.get(r[2]), who.get(r[3], r[4]), *r[5:]) for r in found}


EXPECTED = {
    "C1+0": ("C1+0", None, "ada:S1", "help", 4, 2, True, False, False),
    "C1+1": ("C1+0", "C1+0", "mentor", "help", 0, 2, False, False, True),
    "C1+2": ("C1+0", "C1+0", "bob:S1", "help", 0, 2, False, False, False),
    "C1+1500": ("C1+1500", None, "trainer", "help", 0, 4, False, False, False),
    "C2+20": ("C2+20", None, "ada:S1", "introductions", 0, 4, False, False, False),
}


@pytest.mark.parametrize("kind", ["folder", "zip", "zip of a folder"])
def test_posts_come_with_their_thread_parent_author_and_reading(
    home: Home, options: dict[str, str], tmp_path: Path, kind: str
) -> None:
    top = "Atelier Slack export/" if kind == "zip of a folder" else ""
    place = write(tmp_path / "export") if kind == "folder" else zipped(tmp_path / "export.zip", top=top)
    manifest = bring(home, place, options)
    assert posts(home) == EXPECTED
    assert adds_up(manifest)
    assert manifest.quarantined == {"missing value": 1, "not a message": 1, "unreadable value": 2}
    assert manifest.out_of_scope == {
        "a bot": 3, "a system message": 2, "deleted": 1, "a channel left aside": 1, "not somebody we know": 2,
        "private or unlisted, never read": 4,
    }  # fmt: skip
    assert bring(home, place, options).already


def test_nothing_of_a_person_or_a_private_place_is_kept(home: Home, options: dict[str, str], tmp_path: Path) -> None:
    bring(home, write(tmp_path / "export"), options)
    kept = everything(home)
    for word in ("interdit", "secret-mentors", "mpdm", "@example.org", "zoe", "arrêter", "lancer", "Ada"):
        assert word.encode() not in kept


def test_private_places_are_not_even_hashed(tmp_path: Path) -> None:
    read = Slack().inputs(_request(write(tmp_path / "export")))
    private = ("équipe", "secret-mentors", "D1", "mpdm", "dms", "groups", "mpims")
    assert not [name for name in read if name.startswith(private)]
    assert "entraide-python/2026-01-12.json" in read


def test_a_later_export_changes_what_was_edited_and_keeps_what_was_deleted(
    home: Home, options: dict[str, str], tmp_path: Path
) -> None:
    bring(home, write(tmp_path / "export"), options)
    later = [
        {**ENTRAIDE[0], "text": "Merci, c'est réglé.", "edited": {"ts": stamp(99)}, "reactions": []},
        *ENTRAIDE[2:],
    ]
    bring(home, write(tmp_path / "later", {**FILES, "entraide-python/2026-01-12.json": later}), options)
    found = posts(home)
    assert found["C1+0"] == ("C1+0", None, "ada:S1", "help", 0, 4, False, False, True)
    assert found["C1+1"] == EXPECTED["C1+1"]


def test_a_day_that_cannot_be_read_is_set_aside_and_the_others_are_not(home: Home, tmp_path: Path) -> None:
    broken = {**FILES, "présentations/2026-01-12.json": b'[{"type": "mess', "vide/2026-01-12.json": b"[" * 100_000}
    manifest = bring(home, zipped(tmp_path / "export.zip", broken), {})
    assert manifest.quarantined["unreadable JSON"] == 2
    assert adds_up(manifest)
    assert set(posts(home)) == {"C1+0", "C1+1", "C4+40"}, "bob has no e-mail, the trainer no role"


def _request(place: Path, **options: str) -> Request:
    return Request(str(place), Clock(TODAY, TODAY), place.parent / "spool", options)


def _with(name: str, held: Any) -> Callable[[Path], Path]:
    return lambda folder: zipped(folder / "export.zip", {**FILES, name: held})


def _folder(files: Mapping[str, Any]) -> Callable[[Path], Path]:
    return lambda folder: write(folder / "folder", files)


def _changed(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def trap(folder: Path) -> Path:
        path = zipped(folder / "export.zip")
        path.write_bytes(change(path.read_bytes()))
        return path

    return trap


def _link(folder: Path) -> Path:
    link = zipfile.ZipInfo("users.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "export.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return folder / "export.zip"


def _linked_folder(folder: Path) -> Path:
    (write(folder / "folder") / "autre").symlink_to(folder)
    return folder / "folder"


TRAPS: dict[str, Callable[[Path], Path]] = {
    "leads out": _with("../outside.json", []),
    "absolute": _with("/etc/users.json", []),
    "drive": _with("C:\\users.json", []),
    "bomb": _with("entraide-python/2026-01-14.json", b" " * (300 << 20)),
    "link": _link,
    "password": _changed(lambda held: held.replace(b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0")),
    "nested": lambda folder: zipped(folder / "export.zip", {"inner.zip": b"PK"}, top="export/"),
    "cut": _changed(lambda held: held[:-200]),
    "damaged": _changed(lambda held: held[:60] + b"\0" * 140 + held[200:]),
    "link in a folder": _linked_folder,
    "another export": _folder({"posts.json": []}),
    "no users": _folder({"channels.json": [], "a/2026-01-01.json": []}),
    "channels": _folder({"channels.json": {"not": "a list"}}),
    "absent": lambda folder: folder / "nowhere",
}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("leads out", "a name in the archive leads out of it (export.zip); export it again, whole"),
        ("absolute", "a name in the archive leads out of it (export.zip); export it again, whole"),
        ("drive", "a name in the archive leads out of it (export.zip); export it again, whole"),
        ("bomb", "the archive is not an export: it would grow out of all proportion (export.zip)"),
        ("link", "a link in the archive (export.zip); accepted: plain files and folders"),
        ("password", "the archive has a password (export.zip); unzip it and give the folder"),
        ("nested", "an archive inside the archive (export.zip); unzip it and give the one inside"),
        ("cut", "the archive is damaged or no zip (export.zip); export it again, whole"),
        ("damaged", "the archive is damaged (export.zip); export it again, whole"),
        ("link in a folder", "a link in the export (folder); accepted: plain files and folders"),
        ("another export", "no Slack export (channels.json is missing); accepted: a workspace export, zip or folder"),
        ("no users", "nothing to import (the export's public channels); accepted: at least one record"),
        ("absent", "nothing there (nowhere); accepted: a folder, a zip or a file"),
        ("channels", "the export is damaged (channels.json); export it again, whole"),
    ],
)  # fmt: skip
def test_a_trap_is_refused_in_one_line_and_writes_nothing(home: Home, tmp_path: Path, kind: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        bring(home, TRAPS[kind](tmp_path), {})
    assert caught.value.line() == said
    assert rows(home, "SELECT record_id FROM posts") == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("[people", "not a TOML file (--set roles: told.toml)"),
        ('[roles]\nx = "chef"', "not an accepted word (--set roles); accepted: learner, mentor, trainer, staff"),
        ("[people]\nx = 1", "nothing is told there (--set roles: told.toml); accepted: a section [roles]"),
        ('[roles]\nx = ["mentor"]', "not pairs of words (--set roles: told.toml)"),
    ],
)
def test_words_that_cannot_be_used_are_said_in_one_line(tmp_path: Path, told: str, said: str) -> None:
    (tmp_path / "told.toml").write_text(told, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        community(_request(tmp_path, roles=str(tmp_path / "told.toml")))
    assert caught.value.line().startswith(said)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("annonces", "announcements"), ("News", "announcements"), ("newsletter-jeux", "discussion"),
        ("Entraide", "help"), ("sos-technique", "help"), ("questions-réponses", "help"), ("Q&A", "help"),
        ("plaidoirie", "discussion"), ("Support de cours", "discussion"), ("Présentez-vous", "introductions"),
        ("présentiel", "discussion"), ("welcome", "introductions"), ("général", "discussion"), ("", "discussion"),
    ],
)  # fmt: skip
def test_a_channel_is_known_by_its_words(name: str, kind: str) -> None:
    assert Community().channel(name) == kind


def test_accounts_are_told_by_any_of_their_names() -> None:
    told = Community(people={"ada": Member("a@example.org"), "u2": Member(role="mentor")}, roles={"@x.org": "staff"})
    assert told.email_told(None, "@Ada") == "a@example.org"
    assert told.role_told("U2", "bob") == "mentor"
    assert (told.role("Mentors"), told.role("Équipe bleue"), told.role(email="a@x.org")) == ("mentor", None, "staff")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("&gt;&gt;&gt; Je pars.\nEncore lui.", ""),
        ("Avant\n&gt; Je pars.\nAprès", "Avant\n \nAprès"),
        ("```\nJe pars\n``` oui", "oui"),
        ("```Je pars, sans fin", ""),
        ("Voir <https://example.org/x|la page> et <#C1|entraide> <!subteam^S1|@mentors>", "Voir la page et"),
        ("rendez-vous à 10:30:15 :+1: :smile:", "rendez-vous à 10:30:15 :+1:"),
        ("@bob.b merci", "merci"),
        ("a &lt; b &amp; c", "a &lt; b &amp; c"),
        ("x" * 100_000, "x" * authored.LONGEST),
    ],
)
def test_only_the_authors_own_words_are_read(text: str, own: str) -> None:
    assert authored.from_slack(text) == own


@pytest.mark.parametrize(
    ("cooked", "own"),
    [
        ("<p>Oui</p><blockquote><blockquote>Je</blockquote> pars</blockquote><p>Non</p>", "Oui\n\nNon"),
        ("<p>Avant</p><pre><code>je pars</code></pre>après", "Avant\naprès"),
        ('<p>1 &lt; 2<img class="emoji" alt=":x:"><br/>Suite</p>', "1 &lt; 2\nSuite"),
        ('<span class="mention">@ada</span> salut <a class="hashtag-cocoded">#x</a>', "salut"),
        ("<blockquote>jamais fermé <p>perdu</p>", ""),
        ("</blockquote><p>bon</p>", "bon"),
        ('<div class="elided"><p>cité</p></div>oui', "oui"),
        ("<" * 50_000, "&lt;" * authored.LONGEST),
    ],
)
def test_quotes_code_and_names_leave_a_page(cooked: str, own: str) -> None:
    assert authored.from_html(cooked) == own


def test_an_export_reads_one_file_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    with open_export(str(tmp_path / "a.json")) as export, export.open("a.json") as stream:
        assert (export.names, stream.read()) == (("a.json",), b"[]")


def test_random_damage_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    chance, told = seeded(4), list[object]()
    for _ in range(15):
        files = {name: held if isinstance(held, bytes) else damaged(held, chance) for name, held in FILES.items()}
        request = Request(str(zipped(tmp_path / "export.zip", files)), Clock(TODAY, TODAY), tmp_path / "spool")
        try:
            told.append(len(PlainSource(Slack()).gather(request).files))
        except SourceError as error:
            told.append(error.line())
    assert not [line for line in told if "\n" in str(line)]
    assert len([files for files in told if isinstance(files, int)]) > 2, "some is read all the same"

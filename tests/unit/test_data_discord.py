"""Discord exports (DiscordChatExporter): threads, replies, roles, and files too large to hold at once."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.imports import import_source
from data.sources import authored, json_lists
from data.sources.discord import Channel
from data.sources.json_lists import CutError, Listed
from tests.unit.small_home import TODAY, adds_up, enrolments, everything, number, rows, small_home

PROVES = {"posts": "test_posts_come_with_their_thread_parent_author_and_reading"}
GUILD = {"id": "900", "name": "Promo janvier", "iconUrl": "https://cdn.example/x.png"}
ADA = {"id": "11", "name": "ada", "nickname": "Ada L.", "isBot": False, "roles": [{"id": "71", "name": "Étudiant"}]}
BOB = {"id": "12", "name": "bob.b", "nickname": "Bob", "isBot": False, "roles": []}
MIA = {"id": "20", "name": "mia", "nickname": "Mia", "isBot": False, "roles": [{"id": "70", "name": "Mentors"}]}
GUS = {"id": "21", "name": "gus", "nickname": "Gus", "isBot": False, "roles": [{"id": "72", "name": "Équipe Péda"}]}
ZOE = {"id": "30", "name": "zoe", "nickname": "Zoé Secret", "isBot": False, "roles": []}
BOT = {"id": "40", "name": "appli", "nickname": "Appli", "isBot": True, "roles": []}


def said(
    n: int, author: Mapping[str, Any], content: str, at: str = "2026-01-12T10:00:00.123+01:00", **more: Any
) -> Any:
    return {
        "id": str(n), "type": "Default", "timestamp": at, "timestampEdited": None, "callEndedTimestamp": None,
        "isPinned": False, "content": content, "author": {**author, "discriminator": "0000", "avatarUrl": "x"},
        "attachments": [], "embeds": [], "stickers": [], "reactions": [], "mentions": [], "inlineEmojis": [], **more,
    }  # fmt: skip


def answer(n: int, to: int, author: Mapping[str, Any], content: str, **more: Any) -> Any:
    reference = {"type": "Default", "messageId": str(to), "channelId": "1", "guildId": "900"}
    return said(n, author, content, **{"type": "Reply", "reference": reference, **more})


def exported(channel: Mapping[str, Any], messages: list[Any], guild: Mapping[str, Any] = GUILD) -> dict[str, Any]:
    return {"guild": guild, "channel": {"topic": None, "category": None, "categoryId": None, **channel},
            "dateRange": {"after": None, "before": None}, "exportedAt": "2026-02-28T10:00:00+00:00",
            "messages": messages, "messageCount": len(messages)}  # fmt: skip


FILES: dict[str, Any] = {
    "Promo - aide [1].json": exported({"id": "1", "type": "GuildTextChat", "name": "aide", "category": "Salons"}, [
        said(100, ADA, "Comment lancer `npm` ?", reactions=[{"emoji": {"name": "👍"}, "count": 4, "users": [
            {"id": "11", "isBot": False}, {"id": "40", "isBot": True}]}]),
        answer(101, 100, MIA, "> Je pense arrêter la formation.\n@Ada L. merci <@11> !", mentions=[ADA]),
        answer(102, 101, BOB, "Même souci."),
        said(103, BOT, "Construit !"), said(104, ADA, "Started a thread.", type="ThreadCreated"),
        said(105, ADA, "Joined the server.", type="GuildMemberJoin"), said(106, BOT, "/aide", type="20"),
        said(107, ZOE, "Je passe."), said(108, GUS, "Pensez à l'émargement."),
        said(109, ADA, "", reference={"type": "Forward", "messageId": "50"}, forwardedMessage={"content": "secret"}),
        said(110, ADA, "Sans décalage", at="2026-01-12T10:00:00"), "pas un message",
        said(111, {"id": "999", "name": "Deleted User", "isBot": False}, "Parti."),
        said(112, {}, "Sans auteur."),
    ]),
    "Promo - aide - Souci d'Ada [100].json": exported(
        {"id": "100", "type": "GuildPublicThread", "name": "Bonjour à Ada", "category": "aide", "categoryId": "1"},
        [said(200, ADA, "", type="21", reference={"messageId": "100"}), said(201, BOB, "Ici aussi."),
         answer(202, 201, ADA, "Merci !")]),
    "Forum [300].json": exported(
        {"id": "300", "type": "GuildPublicThread", "name": "Mon sujet", "category": "présentations"},
        [said(300, BOB, "Bonjour, je suis Bob."), said(301, ADA, "Bienvenue !")]),
    "News [4].json": exported({"id": "4", "type": "GuildNews", "name": "vie-de-la-promo"},
                              [said(400, MIA, "Rentrée lundi."), said(401, ADA, "Merci !")]),
    "Off [5].json": exported({"id": "5", "type": "GuildTextChat", "name": "détente"}, [said(500, ADA, "Ouf")]),
    "sub/Direct Messages - Zoé Secret [6].json": exported(
        {"id": "6", "type": "DirectTextChat", "name": "Zoé Secret"}, [said(600, ADA, "interdit")],
        {"id": "0", "name": "Direct Messages"}),
    "Private [7].json": exported({"id": "7", "type": "GuildPrivateThread", "name": "Ada et Mia", "category": "aide"},
                                 [said(700, ADA, "interdit")]),
    "photo.png": b"\x89PNG",
}  # fmt: skip
TOLD = """
[people]
"11" = "ada@example.org"
"Bob.B" = "bob@example.org"
[roles]
"Équipe péda" = "trainer"
[channels]
"détente" = "none"
[sessions]
"Promo janvier" = "S1"
"""


def write(folder: Path, files: Mapping[str, Any] = FILES) -> Path:
    for name, held in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held if isinstance(held, bytes) else json.dumps(held, ensure_ascii=False, indent=2).encode())
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return small_home(tmp_path_factory.mktemp("discord") / "home")


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def options(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "community.toml").write_text(TOLD, encoding="utf-8")
    return dict.fromkeys(("people", "roles", "channels", "sessions"), str(tmp_path / "community.toml"))


def bring(home: Home, place: Path, options: Mapping[str, str]) -> Manifest:
    return import_source(home, "discord", str(place), as_of=TODAY, options=options)


def posts(home: Home) -> dict[int, tuple[Any, ...]]:
    """Return, by message: thread, parent, author, channel, reactions, words, asks, leaves, thanks."""
    told = {number(home, "discord", kind, str(n)): n for n in range(1, 800) for kind in ("post", "thread")}
    who = enrolments(home)
    found = rows(home, "SELECT record_id, thread_id, parent_id, enrolment_id, author_role, channel, reactions, n_words,"
                       " is_question, intent_to_leave, thanks FROM posts")  # fmt: skip
    return {told[r[0]]: (told[r[1]], told.get(r[2]), who.get(r[3], r[4]), *r[5:]) for r in found}


EXPECTED = {
    100: (100, None, "ada:S1", "help", 2, 2, True, False, False),
    101: (100, 100, "mentor", "help", 0, 1, False, False, True),
    102: (100, 101, "bob:S1", "help", 0, 2, False, False, False),
    108: (108, None, "trainer", "help", 0, 4, False, False, False),
    109: (109, None, "ada:S1", "help", 0, 0, False, False, False),
    201: (100, 100, "bob:S1", "help", 0, 2, False, False, False),
    202: (100, 201, "ada:S1", "help", 0, 1, False, False, True),
    300: (300, None, "bob:S1", "introductions", 0, 4, False, False, False),
    301: (300, 300, "ada:S1", "introductions", 0, 1, False, False, False),
    400: (400, None, "mentor", "announcements", 0, 2, False, False, False),
    401: (401, None, "ada:S1", "announcements", 0, 1, False, False, True),
}


def test_posts_come_with_their_thread_parent_author_and_reading(
    home: Home, options: dict[str, str], tmp_path: Path
) -> None:
    place = write(tmp_path / "export")
    manifest = bring(home, place, options)
    assert posts(home) == EXPECTED
    assert adds_up(manifest)
    assert manifest.quarantined == {"missing value": 2, "not a message": 1}
    assert manifest.out_of_scope == {
        "a bot": 2, "a system message": 3, "a channel left aside": 1, "a private conversation, never read": 2,
        "not somebody we know": 2,
    }  # fmt: skip
    assert bring(home, place, options).already


def test_nothing_of_a_person_or_a_private_place_is_kept(home: Home, options: dict[str, str], tmp_path: Path) -> None:
    bring(home, write(tmp_path / "export"), options)
    kept = everything(home)
    for word in ("interdit", "Zoé", "Souci d'Ada", "@example.org", "bob.b", "arrêter", "lancer", "Bonjour"):
        assert word.encode() not in kept


def test_a_zip_and_two_exports_that_overlap_say_the_same(home: Home, options: dict[str, str], tmp_path: Path) -> None:
    path, late = tmp_path / "export.zip", exported({"id": "1", "type": "GuildTextChat", "name": "aide"}, [
        answer(102, 101, BOB, "Même souci, merci."), said(120, BOB, "Suite.")])  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in FILES.items():
            archive.writestr(name, held if isinstance(held, bytes) else json.dumps(held))
    bring(home, path, options)
    again = bring(home, write(tmp_path / "late", {"late.json": late}) / "late.json", options)
    assert again.tables["posts"].new == 1
    found = posts(home)
    assert found[102] == (101, 101, "bob:S1", "help", 0, 3, False, False, True), "what starts the chain is not there"
    assert {n: told for n, told in found.items() if n not in (102, 120)} == {n: told for n, told in EXPECTED.items()
                                                                            if n != 102}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "kept", "reason"),
    [
        (lambda held: held[:-400], [300], "the file is cut short or damaged from here"),
        (lambda held: held.replace(b'"id": "301"', b'"id" "301"'), [300], "the file is cut short or damaged from here"),
        (lambda held: held.replace(b'"content": "Bienvenue !"', b'"content": ' + b"[" * 5000), [300],
         "the file is cut short or damaged from here"),
        (lambda held: b"\xef\xbb\xbf" + held, [300, 301], None),
        (lambda held: held.replace(b"Bienvenue", b"\xff\xfe"), [300, 301], None),
    ],
    ids=["cut", "no JSON", "too deep", "byte-order mark", "not UTF-8"],
)  # fmt: skip
def test_a_damaged_file_gives_what_came_before(
    home: Home, options: dict[str, str], tmp_path: Path, change: Any, kept: list[int], reason: str | None
) -> None:
    whole = json.dumps(FILES["Forum [300].json"], ensure_ascii=False).encode()
    manifest = bring(home, write(tmp_path / "export", {"forum.json": change(whole)}), options)
    assert sorted(posts(home)) == kept
    assert manifest.quarantined == ({reason: 1} if reason else {})
    assert adds_up(manifest)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.json": b"[]"}, "not DiscordChatExporter's JSON (file 1 of the export)"),
        ({"a.json": b""}, "not DiscordChatExporter's JSON (file 1 of the export)"),
        ({"a.json": b'{"guild": {"id": "1"'}, "not DiscordChatExporter's JSON (file 1 of the export)"),
        ({"a.html": b"<html>"}, "no Discord export (no JSON file); accepted: DiscordChatExporter's JSON files"),
        ({"a.json": exported({"id": "1", "type": "GuildTextChat"}, [])}, "nothing to import (the exported channels)"),
    ],
    ids=["a list", "empty", "cut in the header", "no JSON", "no message"],
)
def test_what_is_no_export_is_refused_in_one_line(
    home: Home, tmp_path: Path, files: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        bring(home, write(tmp_path / "export", files), {})
    assert caught.value.line().startswith(said)
    assert rows(home, "SELECT record_id FROM posts") == []


@pytest.mark.parametrize("chunk", [7, 64, 1 << 20])
def test_a_list_is_read_by_pieces(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(json_lists, "CHUNK", chunk)
    whole = exported({"id": "1", "name": "aidé"}, [{"n": n, "t": "é" * n} for n in range(50)])
    listed = Listed(io.BytesIO(json.dumps(whole, ensure_ascii=False, indent=1).encode()), "messages")
    assert listed.head["channel"]["name"] == "aidé"
    assert [item["n"] for item in listed] == list(range(50))


def test_an_item_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lists, "CHUNK", 1 << 10)
    monkeypatch.setattr(json_lists, "LARGEST", 1 << 12)
    stream = io.BytesIO(b'{"messages": ["ok", "' + b"x" * (1 << 20) + b'"]}')
    items = iter(Listed(stream, "messages"))
    assert next(items) == "ok"
    with pytest.raises(CutError):
        next(items)
    assert stream.closed or stream.tell() < 1 << 18


def test_a_long_chain_of_answers_stays_one_thread_and_little_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.sources.discord.REMEMBERED", 3)
    channel = Channel("1", "channel 1", is_thread=False, kind="help", session=None)
    assert [channel.thread_of(str(n), str(n - 1) if n else None) for n in range(8)] == ["0"] * 8
    assert len(channel.threads) == 3
    assert channel.thread_of("9", "1") == "1", "forgotten: its thread starts where the answer points"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (">>> Je pars.\nEncore lui.", ""),
        ("Avant\n> Je pars.\n>\nAprès", "Avant\n \n \nAprès"),
        ("```py\nJe pars\n``` oui", "oui"),
        ("<@!1> <@&2> <#3> <a:x:4> <t:1700000000:R> </aide:5> fin", "fin"),
        ("1 <2 et 3> 2", "1 &lt;2 et 3&gt; 2"),
        ("||secret|| :smile:", "secret"),
        ("@Ada L. bis @everyone", "bis"),
    ],
)
def test_only_the_authors_own_words_are_read(text: str, own: str) -> None:
    assert authored.from_discord(text, ["Ada", "Ada L."]) == own

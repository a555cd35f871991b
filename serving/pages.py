"""Renders the pages: one template environment per language, everything escaped, no script."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from serving import choices
from serving.access import VISIT_COOKIE, Person, csrf_token, secure
from serving.language import COOKIE as LANGUAGE_COOKIE
from serving.language import LANGUAGES, Speech, mark, translations
from serving.site import Site, site_of

HERE = Path(__file__).parent
FLASH_COOKIE = "filrouge_flash"
YEAR = 365 * 24 * 3600
HOMES = {
    "mentor": "/today",
    "deputy": "/today",
    "course_lead": "/today",
    "data_scientist": "/model",
    "quality": "/quality",
    "admin": "/admin",
}
FOLLOWING = (
    ("/today", mark("My day")),
    ("/learners", mark("My learners")),
    ("/community", mark("Community")),
    ("/preferences", mark("My messages")),
)
EFFECTS = ("/watch/effects", mark("Effect of prevention"))
GOVERNANCE = ("/watch/governance", mark("Governance file"))
QUALITY: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        mark("To do"),
        (
            ("/quality", mark("Missing proofs")),
            ("/quality/appointments", mark("Appointments")),
            ("/quality/surveys", mark("Surveys to chase")),
            ("/quality/improvements", mark("Improvement plan")),
            ("/quality/complaints", mark("Complaints")),
        ),
    ),
    (
        mark("To prove"),
        (
            ("/register", mark("Register of prevention")),
            ("/quality/figures", mark("Key figures")),
            EFFECTS,
            ("/quality/sample", mark("Auditor’s sample")),
            ("/quality/packs", mark("Packs of proof")),
        ),
    ),
    (
        mark("Rules"),
        (
            ("/quality/procedure", mark("Procedure")),
            ("/quality/courses", mark("Courses concerned")),
            ("/quality/standard", mark("Standard")),
            GOVERNANCE,
        ),
    ),
)
"""The pages of the quality team, by what they are for, in the order in which they are offered."""
PLAYBOOKS = ("/playbooks", mark("Playbooks"))
MENUS: dict[str, tuple[tuple[str, str], ...]] = {
    "mentor": FOLLOWING,
    "deputy": FOLLOWING,
    "course_lead": (*FOLLOWING, ("/sessions", mark("Sessions"))),
    "data_scientist": (("/model", mark("Model")), ("/watch", mark("Watch")), EFFECTS, GOVERNANCE),
    "quality": (
        ("/quality", mark("Quality")),
        ("/register", mark("Register of prevention")),
        PLAYBOOKS,
        ("/preferences", mark("My messages")),
    ),
    "admin": (
        ("/admin", mark("Administration")),
        ("/admin/messages", mark("Messages")),
        ("/admin/absences", mark("Absences")),
        ("/admin/people", mark("Rights of persons")),
        ("/admin/retention", mark("Retention")),
        GOVERNANCE,
        PLAYBOOKS,
    ),
}


@cache
def environment(language: str) -> Environment:
    """Return the templates of a language."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals["choices"] = choices
    made.globals["static"] = static_address
    made.globals["quality_pages"] = QUALITY
    made.filters["sentence_case"] = lambda text: text[:1].upper() + text[1:]
    made.filters["within"] = within_a_sentence
    return made


def within_a_sentence(text: str) -> str:
    """Return words as they stand inside a sentence: a small first letter, but for an acronym."""
    acronym = len(text) > 1 and text.split()[0].isupper() and len(text.split()[0]) > 1
    return text if acronym else text[:1].lower() + text[1:]


@cache
def static_address(name: str) -> str:
    """Return a static file's address, which changes when the file does."""
    version = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={version}"


def speech_of(request: Request, person: Person | None = None) -> Speech:
    """Return the language in which this request is answered."""
    return site_of(request).languages.speech(request, person.language if person else None)


def render(
    request: Request, template: str, *, person: Person | None = None, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render a page; shows the flash message once, keeps the language chosen by `?lang=`."""
    site, speech = site_of(request), speech_of(request, person)
    flash = request.cookies.get(FLASH_COOKIE, "")
    page = environment(speech.language).get_template(template)
    other_language = next(language for language in LANGUAGES if language != speech.language)
    body = page.render(
        speech=speech,
        person=person,
        organisation=site.settings.organisation,
        today=site.clock.today(),
        pretended=site.clock.pretended is not None,
        menu=MENUS[person.role] if person else (),
        here=request.url.path,
        section=section_of(request.url.path, MENUS[person.role] if person else ()),
        flash=choices.FLASHES.get(flash),
        csrf=person.csrf if person else "",
        other_language=other_language,
        elsewhere=in_language(request, person, other_language),
        **context,
    )
    answer = HTMLResponse(body, status)
    if flash:
        answer.delete_cookie(FLASH_COOKIE)
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, speech.language, YEAR, secure=secure(request, site), httponly=True, samesite="lax"
        )
    return answer


def in_language(request: Request, person: Person | None, language: str) -> str:
    """Return where this page is read in another language; after a form was sent, the first page."""
    if request.method == "GET":
        return "?" + request.url.include_query_params(lang=language).query
    return f"{HOMES[person.role] if person else '/sign-in'}?lang={language}"


def go(request: Request, to: str, *, flash: str = "") -> RedirectResponse:
    """Send the browser to another page after a form, with a message to show there once."""
    answer = RedirectResponse(to, 303)
    if flash:
        answer.set_cookie(
            FLASH_COOKIE, flash, 60, secure=secure(request, site_of(request)), httponly=True, samesite="lax"
        )
    return answer


def section_of(path: str, menu: Sequence[tuple[str, str]]) -> str:
    """Return the entry of a menu that a page is under: the longest address that the page's own begins with, or none."""
    under = [address for address, _ in menu if path == address or path.startswith(f"{address}/")]
    return max(under, key=len, default="")


def own_page(path: str) -> str:
    """Return a path to go back to, or the home page when it would leave this site."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def address(request: Request, site: Site, path: str) -> str:
    """Return the whole address of a page: under the public address when it is set, else under the request's own."""
    if "public_url" in site.settings.model_fields_set:
        return site.settings.public_url + path
    return str(request.url.replace(path=path, query="", fragment=""))


def sign_in_address(request: Request) -> str:
    """Return the sign-in page's address; it leads back to the page asked for."""
    wanted = request.url.path if request.method == "GET" else "/"
    return "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}"


def visit_token(request: Request, secret: str) -> str:
    """Return the CSRF token of a person not yet signed in."""
    return csrf_token(site_of(request).cookie_key, f"visit:{secret}")


def visit_of(request: Request) -> str:
    """Return the secret of a person not yet signed in, empty when their browser holds none."""
    return request.cookies.get(VISIT_COOKIE, "")

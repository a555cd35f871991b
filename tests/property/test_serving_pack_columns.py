"""Tables of the PDF: whatever they hold, no word lies over another column nor leaves the page, measured on the page."""

import io
from datetime import date
from zoneinfo import ZoneInfo

import pypdf
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.language import Speech
from serving.quality.packs.columns import EM, PADDING, PAGES, Column, stand
from serving.quality.packs.document import Document, Part, pdf
from serving.quality.packs.layout import MOST_COLUMNS, folded, printed
from serving.quality.sheets import Sheet

FR = Speech("fr", ZoneInfo("Europe/Paris"))
HAIR = 0.1
"""A tenth of a point: what rounding may leave."""
WORDS = st.text(
    "abcdeéfghimnopqrstuvwxyzœABCDEMNSW0123456789’'-–/.:;,!?…%()[]«»“”·÷+=\u00a0\u202f_@&", min_size=1, max_size=30
)
CELLS = st.one_of(st.just(""), st.lists(WORDS, max_size=8).map(" ".join), st.integers(-(10**9), 10**12))


@st.composite
def sheets(draw):
    """A sheet of 2 to 14 columns, of any words."""
    n = draw(st.integers(2, 14))
    heads = tuple(draw(st.lists(WORDS, min_size=n, max_size=n)))
    rows = draw(st.lists(st.lists(CELLS, min_size=n, max_size=n).map(tuple), min_size=1, max_size=4))
    return Sheet("register", "Registre", heads, tuple(rows))


def drawn_runs(page, wanted):
    """Yield each run of letters of one size of a page: where it begins, and where it ends (points)."""
    fonts = {name: widths_of(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
    at, font, size = [0.0], {}, 0.0
    for operands, operator in pypdf.generic.ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"q":
            at.append(at[-1])
        elif operator == b"Q":
            at.pop()
        elif operator == b"cm":
            assert (operands[0], operands[1], operands[2]) == (1, 0, 0), "nothing is drawn larger or turned"
            at[-1] += float(operands[4])
        elif operator == b"Tf":
            font, size = fonts[operands[0]], float(operands[1])
        elif operator in (b"TJ", b"Tj") and size == wanted:
            parts = operands[0] if operator == b"TJ" else operands
            yield at[-1], at[-1] + sum(advance(one, font) for one in parts) * size / 1000


def advance(part, font):
    """Return how far a part of a run moves, in thousandths of the size of its letters."""
    if not isinstance(part, pypdf.generic.TextStringObject | pypdf.generic.ByteStringObject):
        return -float(part)
    raw = part.original_bytes
    return sum(font[raw[at] * 256 + raw[at + 1]] for at in range(0, len(raw), 2))


def widths_of(font):
    """Return how wide each sign of a font is."""
    told, found = font["/DescendantFonts"][0].get_object()["/W"], {}
    for first, last, wide in zip(told[::3], told[1::3], told[2::3], strict=True):
        found.update(dict.fromkeys(range(int(first), int(last) + 1), float(wide)))
    return found


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_no_word_passes_its_column_nor_the_page(sheet):
    shown = printed(sheet, FR)
    body = pdf(Document(FR, "T", "", "", "M", date(2026, 6, 15), (), (), (Part("Registre", printed=shown),)))
    for told in shown.tables:
        size, margin = told["size"], 39.68 if told["landscape"] else 56.69
        ends = [margin, *(margin + sum(one["width"] for one in told["columns"][:n]) * size / EM
                          for n in range(1, len(told["columns"]) + 1))]  # fmt: skip
        pages = pypdf.PdfReader(io.BytesIO(body)).pages[2:]
        assert ends[-1] <= float(pages[0].mediabox.width) - margin + HAIR
        runs = [run for page in pages for run in drawn_runs(page, size)]
        for left, right in runs:
            column = max(at for at, end in enumerate(ends[:-1]) if end <= left + HAIR)
            assert right <= ends[column + 1] + HAIR
        assert runs


COLUMNS = st.builds(
    lambda head, cells: Column.of((head, head), [(min(one, 12 * EM), one) for one in cells]),
    st.integers(0, 12 * EM), st.lists(st.integers(0, 200 * EM), min_size=3, max_size=3),
)  # fmt: skip


@given(st.lists(COLUMNS, min_size=1, max_size=14))
def test_a_room_is_shared_without_a_word_cut_or_a_point_too_many(columns):
    found = stand(columns)
    if found is None:
        assert sum(one.word + PADDING for one in columns) > max(page.room for page in PAGES)
        return
    assert sum(found.widths) <= found.page.room
    for column, width in zip(columns, found.widths, strict=True):
        assert column.word + PADDING <= width <= column.whole + PADDING
    if sum(one.whole + PADDING for one in columns) <= found.page.room:
        assert found.widths == tuple(one.whole + PADDING for one in columns)


@given(sheets(), st.integers(2, MOST_COLUMNS))
def test_a_folded_sheet_loses_no_cell(sheet, most):
    found = folded(sheet, FR, most)
    assert len(found.columns) <= most
    for before, after in zip(sheet.rows, found.rows, strict=True):
        told = [str(cell) for cell in after]
        assert all(any(str(cell) in one for one in told) for cell in before if cell not in (None, ""))

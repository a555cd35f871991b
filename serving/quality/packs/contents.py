"""What a pack is made of: the evidence of each subject, in the order in which an auditor reads it.

A subject offers `sheet(scope)` (or `sheets(scope)`); naming it here puts it in the PDF, the workbook and the CSV files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from serving.quality import register
from serving.quality.appointments import sheet as appointments
from serving.quality.complaints import sheet as complaints
from serving.quality.figures import sheet as figures
from serving.quality.improvements import sheet as improvements
from serving.quality.packs import actions
from serving.quality.procedure import sheet as procedure
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet
from serving.quality.surveys import sheet as surveys

Evidence = Callable[[Scope], Sheet | tuple[Sheet, ...]]
EVIDENCE: tuple[Evidence, ...] = (
    procedure.sheets,
    register.sheet,
    actions.sheet,
    appointments.sheet,
    surveys.sheet,
    complaints.sheet,
    improvements.sheet,
    figures.sheets,
)


def sheets(scope: Scope, evidence: Iterable[Evidence] | None = None) -> Iterator[Sheet]:
    """Yield the sheets of a scope, in the order of the pack."""
    for tell in EVIDENCE if evidence is None else evidence:
        told = tell(scope)
        yield from (told,) if isinstance(told, Sheet) else told

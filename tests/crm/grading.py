"""How tests run what the site has queued: here and now instead of in the worker."""

from datetime import date

from kefen_crm.grading import actions
from kefen_crm.grading.models import Run, Scheme


def run_now(name: str, as_of: str | None = None) -> Run:
    """Queue a run of a scheme and do it at once."""
    day = date.fromisoformat(as_of) if as_of else None
    [run] = actions.request_runs(None, [Scheme.objects.get(name=name)], day)
    actions.carry_out([run.pk])
    run.refresh_from_db()
    return run

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.evaluation.actions import show
from kefen_crm.grading.actions import (
    adopt_runs,
    compare_with_earlier,
    install_ready_made,
    keep_time,
)
from kefen_crm.operations.upgrade import back_up_before_upgrade
from kefen_crm.team.actions import create_first_user
from kefen_crm.team.demo import create_people

A_QUARTER = 92
"""Days; a demo company was last graded that long before."""


class Command(BaseCommand):
    """What has to be there before the site answers; done again it changes nothing."""

    help = "Bring the database up to date: tables, ready-made schemes, runs, demo people."

    def handle(self, *_arguments: Any, **options: Any) -> None:
        back_up_before_upgrade()
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("createcachetable", verbosity=options["verbosity"])
        install_ready_made()
        if settings.KEFEN_DEMO:
            create_people(os.environ.get("KEFEN_COMPANY", "trade"))
        else:
            create_first_user()
        adopted = adopt_runs()
        if settings.KEFEN_DEMO and adopted:
            compare_with_earlier(A_QUARTER)
            show(adopted)
        keep_time(timezone.now())  # what fell due while Kefen was down
        self.stdout.write(_("Runs taken over: %(count)s") % {"count": len(adopted)})

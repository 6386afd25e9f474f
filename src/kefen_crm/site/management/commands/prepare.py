from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from kefen_crm.platform.registry import plugins
from kefen_crm.process.migrations import collect_garbage_seldom


class Command(BaseCommand):
    """What has to be there before the site answers; done again it changes nothing."""

    help = "Bring the database up to date: tables, ready-made schemes, runs, demo people."

    def handle(self, *_arguments: Any, **options: Any) -> None:
        collect_garbage_seldom()
        found = plugins()
        for plugin in found:
            if plugin.before_upgrade:
                plugin.before_upgrade()
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("createcachetable", verbosity=options["verbosity"])
        for plugin in found:
            message = plugin.install() if plugin.install else ""
            if message and options["verbosity"]:
                self.stdout.write(message)
            if plugin.demo and settings.KEFEN_DEMO:
                plugin.demo()

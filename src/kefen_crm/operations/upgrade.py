"""Before tables change, a backup is taken: the way back from an upgrade."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kefen_crm.operations.actions import UPGRADE_BACKUPS
from kefen_crm.platform.database import database_url
from kefen_crm.process import backups


def back_up_before_upgrade() -> bool:
    """Take a backup when migrations are pending on a database in use; gives whether.

    Raises:
        BackupError, StorageError: the backup cannot be written; nothing is upgraded then.
    """
    executor = MigrationExecutor(connection)
    applied = executor.loader.applied_migrations
    if not applied or not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    backups.back_up_site(settings.KEFEN_DATA, database_url(), backups.UPGRADE)
    backups.prune(settings.KEFEN_DATA, backups.UPGRADE, UPGRADE_BACKUPS)
    return True

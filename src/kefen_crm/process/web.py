"""The application as the supervised web server loads it, in each of its workers."""

import signal

from django.urls import get_resolver

from kefen_crm.process.frames import with_room
from kefen_crm.process.leash import die_with_parent
from kefen_crm.site.wsgi import application as site

__all__ = ["application"]

application = with_room(site)

# A worker whose server was killed would keep the port: the next start could not have it.
die_with_parent(signal.SIGKILL)

# Every page's code is read before the first person asks for one, who would wait for all of it.
get_resolver().url_patterns  # noqa: B018  # reading it is what does it

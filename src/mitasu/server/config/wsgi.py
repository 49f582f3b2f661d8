"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mitasu.server.config.settings")
application = get_wsgi_application()

from mitasu.server.config.ready import make_ready  # noqa: E402  (Django has to be set up first)

make_ready()

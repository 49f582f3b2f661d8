"""Loaded before everything else: the tests keep the application's data in a folder of their own."""

import atexit
import os
import shutil
import tempfile

if "MITASU_TEST_DATA" not in os.environ:
    os.environ["MITASU_TEST_DATA"] = folder = tempfile.mkdtemp(prefix="mitasu-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["MITASU_DATA"] = (
    os.environ["MITASU_TEST_DATA"] + "/" + os.environ.get("PYTEST_XDIST_WORKER", "main")
)
# The browser's driver keeps an event loop in the process that also runs the tests of the server.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

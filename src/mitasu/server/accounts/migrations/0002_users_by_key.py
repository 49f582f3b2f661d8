"""Users are read by key with a statement of their own; migrations use the plain manager."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("accounts", "0001_initial"),)
    operations = (migrations.AlterModelManagers(name="user", managers=[]),)

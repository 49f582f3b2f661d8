"""Requests of a token counted once for all processes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_users_by_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="taken",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="window",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]

"""The first tables of the room `ledger`."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.PositiveBigIntegerField()),
                ("stored_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Audit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("name", models.CharField(blank=True, max_length=150)),
                ("action", models.CharField(max_length=20)),
                ("what", models.CharField(max_length=300)),
                ("outcome", models.CharField(max_length=20)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("via", models.CharField(max_length=10)),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                (
                    "site",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="accounts.site"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [models.Index(fields=["site", "at"], name="ledger_audi_site_id_c6b9ef_idx")],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("institution", "施設"),
                            ("profile", "所在地など"),
                            ("fact", "事実"),
                            ("series", "月ごとの値"),
                            ("event", "出来事"),
                            ("person", "職員"),
                            ("filing", "届出"),
                            ("listing", "一覧はこれですべて"),
                            ("evidence", "証拠"),
                            ("confirmation", "承認"),
                            ("retraction", "取り消し"),
                            ("posting", "掲示"),
                            ("note", "覚え書き"),
                        ],
                        max_length=20,
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=120)),
                ("first_day", models.DateField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("content", models.TextField()),
                ("document", models.CharField(blank=True, max_length=64)),
                ("proof", models.PositiveIntegerField(null=True)),
                ("replaces", models.PositiveIntegerField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_name", models.CharField(max_length=150)),
                ("via", models.CharField(max_length=10)),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "indexes": [
                    models.Index(fields=["site", "kind", "subject"], name="ledger_entr_site_id_d52712_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "number"), name="one_entry_per_number")
                ],
            },
        ),
    ]

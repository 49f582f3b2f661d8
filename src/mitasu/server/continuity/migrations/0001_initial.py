"""The tables of 継続: plans and their drills, backups and media."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_shared_limit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Escrow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("custodian", models.CharField(max_length=100, verbose_name="預かる人")),
                ("fingerprint", models.CharField(max_length=16)),
                ("made_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="Medium",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(max_length=100, verbose_name="ラベル")),
                ("uuid", models.CharField(max_length=64, verbose_name="ファイルシステムのUUID")),
                ("serial", models.CharField(blank=True, max_length=100, verbose_name="製造番号")),
                ("shelf", models.CharField(blank=True, max_length=100, verbose_name="保管場所")),
                ("seal", models.CharField(blank=True, max_length=100, verbose_name="封印の番号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("registered", "登録した"),
                            ("attached", "つないだ"),
                            ("copied", "写した"),
                            ("verified", "読み返した"),
                            ("detached", "切り離しを命じた"),
                            ("offline", "切り離されている"),
                            ("lost", "なくした・廃棄した"),
                        ],
                        default="registered",
                        max_length=20,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                ("attached_at", models.DateTimeField(null=True)),
                ("mounted", models.CharField(blank=True, max_length=500)),
                ("offline_since", models.DateTimeField(null=True)),
                ("probed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("mark", models.CharField(blank=True, max_length=64)),
                ("counter", models.PositiveIntegerField(default=0)),
                ("listing", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "ordering": ("target", "label"),
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("phase", models.CharField(max_length=20)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("code", models.CharField(blank=True, max_length=20)),
                ("told", models.CharField(blank=True, max_length=500)),
                ("log", models.TextField(blank=True)),
                ("host", models.CharField(max_length=100)),
                ("pid", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("title", models.CharField(max_length=200)),
                ("party", models.CharField(blank=True, max_length=200)),
                ("clause", models.CharField(blank=True, max_length=100)),
                ("text", models.TextField()),
                ("first_day", models.DateField()),
                ("last_day", models.DateField(null=True)),
                ("facts", models.JSONField(default=dict)),
                ("entry", models.PositiveIntegerField(null=True)),
                ("withdrawn", models.BooleanField(default=False)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="security_contracts",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("last_day", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Drill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("scenario", models.TextField()),
                ("led_by", models.CharField(max_length=20)),
                ("participants", models.JSONField(default=list)),
                ("result", models.TextField(blank=True)),
                ("found", models.BooleanField()),
                ("findings", models.TextField(blank=True)),
                ("reviewed", models.BooleanField()),
                ("reviewed_on", models.DateField(null=True)),
                ("entry", models.PositiveIntegerField(null=True)),
                ("event", models.PositiveIntegerField(null=True)),
                ("withdrawn", models.BooleanField(default=False)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bcp_drills",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("-on", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Generation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("snapshot", models.CharField(max_length=64)),
                ("tree", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("accepted", "受け入れた"),
                            ("rejected", "受け入れない"),
                            ("quarantined", "隔離"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                ("files", models.PositiveBigIntegerField(default=0)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("added", models.PositiveBigIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(null=True)),
                ("entropy", models.PositiveIntegerField(null=True)),
                ("parts", models.JSONField(default=list)),
                ("witnesses", models.JSONField(default=list)),
                ("engine", models.CharField(blank=True, max_length=40)),
                ("decided_reason", models.CharField(blank=True, max_length=500)),
                ("decided_at", models.DateTimeField(null=True)),
                ("missing_since", models.DateTimeField(null=True)),
                ("forgotten_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="continuity.generation",
                    ),
                ),
                (
                    "medium",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="generations",
                        to="continuity.medium",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="generations",
                        to="continuity.run",
                    ),
                ),
            ],
            options={
                "ordering": ("target", "number"),
            },
        ),
        migrations.CreateModel(
            name="FullRestore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("well", models.BooleanField(null=True)),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("log", models.TextField(blank=True)),
                ("files", models.PositiveBigIntegerField()),
                ("size", models.PositiveBigIntegerField()),
                ("found", models.JSONField(default=list)),
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fulls",
                        to="continuity.generation",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Improvement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=500)),
                ("owner", models.CharField(max_length=100)),
                ("due", models.DateField()),
                ("done_on", models.DateField(null=True)),
                ("how", models.CharField(blank=True, max_length=500)),
                ("missed", models.BooleanField(default=False)),
                (
                    "drill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="improvements",
                        to="continuity.drill",
                    ),
                ),
            ],
            options={
                "ordering": ("due", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("light", models.CharField(max_length=10)),
                ("since", models.DateTimeField()),
                ("told", models.JSONField(default=list)),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="backup_look",
                        to="accounts.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MediumEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=20)),
                ("told", models.CharField(max_length=500)),
                ("alarm", models.BooleanField(default=False)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "medium",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="continuity.medium",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="SampleRestore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("well", models.BooleanField(null=True)),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("log", models.TextField(blank=True)),
                ("tried", models.PositiveIntegerField()),
                ("wrong", models.PositiveIntegerField()),
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="samples",
                        to="continuity.generation",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Sheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("party", models.CharField(blank=True, max_length=100)),
                ("definition", models.CharField(max_length=64)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checklist_sheets",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("-year", "party"),
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("item", models.CharField(max_length=40)),
                ("value", models.CharField(max_length=5)),
                ("on", models.DateField()),
                ("target", models.DateField(null=True)),
                ("evidence", models.PositiveIntegerField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("given_at", models.DateTimeField(auto_now_add=True)),
                ("given_name", models.CharField(blank=True, max_length=150)),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="continuity.sheet",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("name", models.CharField(max_length=150)),
                ("digest", models.CharField(max_length=64)),
                ("entry", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signatures",
                        to="continuity.sheet",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.SlugField(max_length=40, verbose_name="識別名")),
                ("label", models.CharField(max_length=100, verbose_name="名前")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("own", "この製品のデータ"),
                            ("sqlite", "SQLite のファイル"),
                            ("postgresql", "PostgreSQL のデータベース"),
                            ("directory", "フォルダー"),
                            ("dump", "ほかのシステムが書き出すフォルダー"),
                        ],
                        max_length=20,
                        verbose_name="種類",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=500, verbose_name="場所")),
                ("covers", models.JSONField(default=list)),
                ("sentinels", models.JSONField(default=list)),
                ("newest", models.CharField(blank=True, max_length=200)),
                ("fresh_hours", models.PositiveIntegerField(default=26)),
                ("active", models.BooleanField(default=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="backup_sources",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("site", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.SlugField(max_length=40, verbose_name="識別名")),
                ("label", models.CharField(max_length=100, verbose_name="名前")),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("disk", "サーバーのディスク"),
                            ("nas", "NAS"),
                            ("removable", "取り外す媒体（RDX、外付けディスクなど）"),
                            ("host", "別の機械（追記だけできるサーバー）"),
                            ("cloud", "クラウド"),
                        ],
                        max_length=20,
                        verbose_name="媒体",
                    ),
                ),
                ("location", models.CharField(max_length=500, verbose_name="場所")),
                (
                    "append_only",
                    models.BooleanField(
                        default=False, verbose_name="追記だけできる（消せず、書き換えられない）"
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("credentials", models.CharField(blank=True, max_length=100)),
                ("keep", models.PositiveSmallIntegerField(default=14, verbose_name="残す世代数")),
                ("active", models.BooleanField(default=True)),
                ("ready", models.BooleanField(default=False)),
                ("held_since", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="backup_targets",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("site", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("every_hours", models.PositiveIntegerField(default=24, verbose_name="間隔（時間）")),
                ("grace_hours", models.PositiveIntegerField(default=6, verbose_name="遅れてよい時間")),
                ("requested_at", models.DateTimeField(null=True)),
                (
                    "origin",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feeds",
                        to="continuity.target",
                    ),
                ),
                (
                    "target",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedule",
                        to="continuity.target",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="run",
            name="target",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="continuity.target"
            ),
        ),
        migrations.CreateModel(
            name="RestoreDrill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("declared_at", models.DateTimeField()),
                ("incident_at", models.DateTimeField()),
                ("place", models.CharField(max_length=500)),
                ("newest_at", models.DateTimeField(null=True)),
                ("newest_from", models.CharField(blank=True, max_length=200)),
                ("released_at", models.DateTimeField(null=True)),
                ("well", models.BooleanField(null=True)),
                ("told", models.CharField(blank=True, max_length=500)),
                ("led_by", models.CharField(blank=True, max_length=100)),
                (
                    "escrow",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="continuity.escrow"
                    ),
                ),
                (
                    "generation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drills",
                        to="continuity.generation",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restore_drills",
                        to="accounts.site",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drills",
                        to="continuity.target",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.AddField(
            model_name="medium",
            name="target",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="media", to="continuity.target"
            ),
        ),
        migrations.AddField(
            model_name="generation",
            name="target",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="generations",
                to="continuity.target",
            ),
        ),
        migrations.AddField(
            model_name="escrow",
            name="target",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="escrows", to="continuity.target"
            ),
        ),
        migrations.CreateModel(
            name="CanaryProbe",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("well", models.BooleanField(null=True)),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("log", models.TextField(blank=True)),
                ("tries", models.JSONField(default=list)),
                ("identity", models.CharField(max_length=300)),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="canaries",
                        to="continuity.target",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Training",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("title", models.CharField(max_length=200)),
                ("content", models.TextField(blank=True)),
                ("medium", models.CharField(blank=True, max_length=20)),
                ("led_by_manager", models.BooleanField()),
                ("asked", models.PositiveIntegerField(null=True)),
                ("attended", models.PositiveIntegerField(null=True)),
                ("roster", models.CharField(blank=True, max_length=200)),
                ("entry", models.PositiveIntegerField(null=True)),
                ("event", models.PositiveIntegerField(null=True)),
                ("withdrawn", models.BooleanField(default=False)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="security_trainings",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("-on", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Attendee",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=40)),
                ("name", models.CharField(max_length=100)),
                ("department", models.CharField(blank=True, max_length=100)),
                ("attended_on", models.DateField(null=True)),
                (
                    "training",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendees",
                        to="continuity.training",
                    ),
                ),
            ],
            options={
                "ordering": ("department", "code", "name", "pk"),
            },
        ),
        migrations.CreateModel(
            name="VerifySlice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("well", models.BooleanField(null=True)),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("log", models.TextField(blank=True)),
                ("part", models.PositiveSmallIntegerField()),
                ("of", models.PositiveSmallIntegerField()),
                (
                    "medium",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slices",
                        to="continuity.medium",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slices",
                        to="continuity.target",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ContactTree",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("rows", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("made_name", models.CharField(blank=True, max_length=150)),
                ("checked_on", models.DateField()),
                ("checked_name", models.CharField(blank=True, max_length=150)),
                ("entry", models.PositiveIntegerField(null=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_trees",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(fields=("site", "number"), name="one_contact_tree_per_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnChecklist",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("loaded_at", models.DateTimeField(auto_now=True)),
                ("loaded_name", models.CharField(blank=True, max_length=150)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="own_checklists",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("site", "year"), name="one_checklist_per_year")
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("topics", models.JSONField(default=dict)),
                ("outline", models.CharField(max_length=20)),
                ("review_by", models.DateField(null=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("changed_name", models.CharField(blank=True, max_length=150)),
                ("approved_on", models.DateField(null=True)),
                ("approved_name", models.CharField(blank=True, max_length=150)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("document", models.CharField(blank=True, max_length=64)),
                ("entry", models.PositiveIntegerField(null=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_versions",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(fields=("site", "number"), name="one_plan_per_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="RestoreStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("phase", models.CharField(max_length=20)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("well", models.BooleanField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "drill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="continuity.restoredrill",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(fields=("drill", "phase"), name="one_step_per_phase")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="sheet",
            constraint=models.UniqueConstraint(fields=("site", "year", "party"), name="one_sheet_per_party"),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("site", "name"), name="one_source_per_name"),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(fields=("site", "name"), name="one_target_per_name"),
        ),
        migrations.AddConstraint(
            model_name="medium",
            constraint=models.UniqueConstraint(fields=("target", "uuid"), name="one_medium_per_uuid"),
        ),
        migrations.AddConstraint(
            model_name="generation",
            constraint=models.UniqueConstraint(fields=("target", "number"), name="one_generation_per_number"),
        ),
        migrations.AddConstraint(
            model_name="generation",
            constraint=models.UniqueConstraint(
                fields=("target", "snapshot"), name="one_generation_per_snapshot"
            ),
        ),
    ]

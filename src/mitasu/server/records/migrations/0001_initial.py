"""The tables of 診療録管理: patients, stays, summaries, searches, keeping and managers."""

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
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received", models.DateField(verbose_name="受付日")),
                ("applicant", models.CharField(max_length=100, verbose_name="請求した人と続柄")),
                ("scope", models.CharField(max_length=300, verbose_name="求める範囲")),
                ("due", models.DateField(null=True, verbose_name="回答の期限")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
            options={
                "ordering": ("-received", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="DisclosureStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "受付"),
                            ("identified", "本人・代理権の確認"),
                            ("asked", "担当医の意見"),
                            ("decided", "提供の決定"),
                            ("refused", "提供しない決定"),
                            ("answered", "回答・提供"),
                            ("withdrawn", "取下げ"),
                        ],
                        max_length=12,
                        verbose_name="段階",
                    ),
                ),
                ("on", models.DateField(verbose_name="日")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="内容")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "disclosure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="records.disclosure",
                    ),
                ),
            ],
            options={
                "ordering": ("on", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Extraction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purpose", models.CharField(max_length=300, verbose_name="目的")),
                ("conditions", models.TextField()),
                ("rows", models.PositiveIntegerField()),
                ("form", models.CharField(max_length=10)),
                ("columns", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-at",),
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("rows", models.PositiveIntegerField()),
                ("made", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("report", models.JSONField(default=list)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
            options={
                "ordering": ("-at",),
            },
        ),
        migrations.CreateModel(
            name="Patient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40, verbose_name="患者番号")),
                ("kanji", models.CharField(blank=True, max_length=100, verbose_name="氏名")),
                ("kana", models.CharField(blank=True, max_length=100, verbose_name="カナ氏名")),
                ("birth", models.DateField(null=True, verbose_name="生年月日")),
                (
                    "sex",
                    models.CharField(
                        blank=True,
                        choices=[("1", "男"), ("2", "女"), ("9", "その他・不明")],
                        max_length=1,
                        verbose_name="性別",
                    ),
                ),
                ("postal", models.CharField(blank=True, max_length=7, verbose_name="郵便番号")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="住所")),
                ("names", models.CharField(blank=True, max_length=220)),
                ("grams", models.TextField(blank=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Outpatient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.DateField(null=True, verbose_name="初診日")),
                ("last", models.DateField(null=True, verbose_name="最終診療日")),
                ("department", models.CharField(blank=True, max_length=60, verbose_name="診療科")),
                ("icd_text", models.CharField(blank=True, max_length=20)),
                ("icd", models.CharField(blank=True, max_length=10)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="傷病名")),
                ("key", models.CharField(blank=True, max_length=200)),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.site",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="records.patient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=100, verbose_name="貸し出すもの")),
                ("borrower", models.CharField(max_length=100, verbose_name="借りる人・部署")),
                ("purpose", models.CharField(max_length=200, verbose_name="目的")),
                ("lent", models.DateField(verbose_name="貸出日")),
                ("due", models.DateField(verbose_name="返却の期限")),
                ("returned", models.DateField(null=True, verbose_name="返却日")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="records.patient",
                    ),
                ),
            ],
            options={
                "ordering": ("-lent", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="IdMap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("outside", models.CharField(max_length=20, verbose_name="データ識別番号")),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.site",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outside_numbers",
                        to="records.patient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("from_day", models.DateField(verbose_name="始まり")),
                ("lifted", models.DateField(null=True, verbose_name="解除した日")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="records.patient",
                    ),
                ),
            ],
            options={
                "ordering": ("-from_day", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Disposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=20, verbose_name="対象")),
                ("completed", models.DateField(verbose_name="完結の日")),
                ("years", models.PositiveSmallIntegerField()),
                ("on", models.DateField(verbose_name="廃棄した日")),
                ("method", models.CharField(max_length=100, verbose_name="方法")),
                ("approved_by", models.CharField(max_length=100, verbose_name="承認者")),
                ("evidence", models.PositiveIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposals",
                        to="records.patient",
                    ),
                ),
            ],
            options={
                "ordering": ("-on", "-pk"),
            },
        ),
        migrations.AddField(
            model_name="disclosure",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="disclosures", to="records.patient"
            ),
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("doctor", models.CharField(max_length=100)),
                ("on", models.DateField()),
                ("title", models.CharField(max_length=300)),
                ("text", models.TextField()),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-on", "doctor"),
            },
        ),
        migrations.CreateModel(
            name="RoomSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "counting",
                    models.CharField(
                        choices=[
                            ("last", "差戻しの後に提出し直した日（厳しい読み方）"),
                            ("first", "はじめに提出した日"),
                        ],
                        default="last",
                        max_length=10,
                        verbose_name="差し戻した要約の提出日",
                    ),
                ),
                (
                    "dentists_count",
                    models.BooleanField(default=False, verbose_name="歯科医師が作成した要約も数える"),
                ),
                (
                    "charts_years",
                    models.PositiveSmallIntegerField(default=5, verbose_name="診療録の保存年数"),
                ),
                (
                    "others_years",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="手術記録・看護記録などの保存年数"
                    ),
                ),
                (
                    "years_source",
                    models.CharField(
                        default="医師法第24条第2項、保険医療機関及び保険医療養担当規則第9条",
                        max_length=300,
                        verbose_name="保存年数の根拠",
                    ),
                ),
                (
                    "operation_code",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="様式1のKコードのペイロード番号"
                    ),
                ),
                (
                    "operation_day",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="様式1の手術日のペイロード番号"
                    ),
                ),
                (
                    "operation_name",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="様式1の手術名のペイロード番号"
                    ),
                ),
                (
                    "departments",
                    models.JSONField(blank=True, default=dict, verbose_name="診療科コードの名前"),
                ),
                (
                    "answer_days",
                    models.PositiveSmallIntegerField(default=30, verbose_name="開示請求に答える目安の日数"),
                ),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Search",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="名前")),
                ("conditions", models.JSONField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-at",),
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="氏名")),
                (
                    "employment",
                    models.CharField(
                        choices=[
                            ("full_time", "常勤"),
                            ("part_time", "非常勤"),
                            ("dispatched", "派遣"),
                            ("contracted", "請負"),
                        ],
                        max_length=12,
                        verbose_name="雇用の形",
                    ),
                ),
                (
                    "assignment",
                    models.CharField(
                        choices=[("exclusive", "専従"), ("dedicated", "専任"), ("concurrent", "兼任")],
                        max_length=12,
                        verbose_name="専従・専任",
                    ),
                ),
                (
                    "clerk_assistant",
                    models.BooleanField(default=False, verbose_name="医師事務作業補助者を兼ねる"),
                ),
                (
                    "cancer_registry",
                    models.BooleanField(default=False, verbose_name="がん登録の専従担当者である"),
                ),
                (
                    "other_duties",
                    models.BooleanField(default=False, verbose_name="請求・受付など、ほかの業務をする"),
                ),
                ("duties", models.CharField(blank=True, max_length=300, verbose_name="業務")),
                ("first", models.DateField(verbose_name="始まり")),
                ("last", models.DateField(blank=True, null=True, verbose_name="終わり")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
            options={
                "ordering": ("first", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Stay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("admitted", models.DateField(verbose_name="入院日")),
                ("count", models.PositiveSmallIntegerField(default=0, verbose_name="回数")),
                ("discharged", models.DateField(null=True, verbose_name="退院日")),
                ("department", models.CharField(blank=True, max_length=60, verbose_name="担当診療科")),
                ("doctor", models.CharField(blank=True, max_length=100, verbose_name="担当医")),
                ("route", models.CharField(blank=True, max_length=60, verbose_name="入院経路")),
                ("outcome", models.CharField(blank=True, max_length=60, verbose_name="転帰")),
                ("destination", models.CharField(blank=True, max_length=60, verbose_name="退院先")),
                ("sex", models.CharField(blank=True, max_length=1)),
                ("age", models.PositiveSmallIntegerField(null=True, verbose_name="年齢")),
                ("written", models.DateField(null=True)),
                ("submitted", models.DateField(null=True)),
                ("returned", models.BooleanField(default=False)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="records.importbatch",
                    ),
                ),
                (
                    "doctor_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stays",
                        to="records.patient",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveSmallIntegerField(default=1)),
                ("code_text", models.CharField(blank=True, max_length=20, verbose_name="手術コード")),
                ("code", models.CharField(blank=True, max_length=20)),
                ("on", models.DateField(null=True)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="手術名")),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.site",
                    ),
                ),
                (
                    "stay",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="operations",
                        to="records.stay",
                    ),
                ),
            ],
            options={
                "ordering": ("stay", "seq"),
            },
        ),
        migrations.CreateModel(
            name="Diagnosis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("main", "主傷病"),
                            ("trigger", "入院の契機"),
                            ("resource", "医療資源を最も投入"),
                            ("resource2", "医療資源を2番目に投入"),
                            ("comorbid", "入院時併存"),
                            ("complication", "入院後発症"),
                            ("other", "区分なし"),
                        ],
                        max_length=12,
                    ),
                ),
                ("seq", models.PositiveSmallIntegerField(default=1)),
                ("icd_text", models.CharField(blank=True, max_length=20, verbose_name="ICDコード")),
                ("icd", models.CharField(blank=True, max_length=10)),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="病名")),
                ("key", models.CharField(blank=True, max_length=200)),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.site",
                    ),
                ),
                (
                    "stay",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="diagnoses",
                        to="records.stay",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="SummaryEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("written", "作成"),
                            ("submitted", "中央病歴管理室に提出"),
                            ("returned", "差戻し"),
                            ("accepted", "受領"),
                        ],
                        max_length=10,
                        verbose_name="したこと",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="日時")),
                ("author", models.CharField(blank=True, max_length=100, verbose_name="作成者")),
                (
                    "profession",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("physician", "医師"),
                            ("dentist", "歯科医師"),
                            ("nurse", "看護師"),
                            ("other", "その他"),
                        ],
                        max_length=10,
                        verbose_name="職種",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="覚え書き")),
                ("taken_back", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.site",
                    ),
                ),
                (
                    "stay",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="summary_events",
                        to="records.stay",
                    ),
                ),
            ],
            options={
                "ordering": ("at", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Doctor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="担当医")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(fields=("site", "name"), name="one_account_per_doctor")
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthClose",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.CharField(max_length=7)),
                ("version", models.PositiveSmallIntegerField()),
                ("final", models.BooleanField()),
                ("due", models.PositiveIntegerField()),
                ("in_time", models.PositiveIntegerField()),
                ("overdue", models.PositiveIntegerField()),
                ("within_30", models.PositiveIntegerField(null=True)),
                ("rows", models.JSONField()),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="理由")),
                ("evidence", models.PositiveIntegerField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.site"
                    ),
                ),
            ],
            options={
                "ordering": ("-month", "-version"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("site", "month", "version"), name="one_version_of_a_month"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["site", "postal"], name="records_by_postal"),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.UniqueConstraint(fields=("site", "number"), name="one_patient_per_number"),
        ),
        migrations.AddIndex(
            model_name="outpatient",
            index=models.Index(fields=["site", "icd", "last"], name="records_outpatient_icd"),
        ),
        migrations.AddConstraint(
            model_name="outpatient",
            constraint=models.UniqueConstraint(
                fields=("patient", "department", "icd", "name", "first"), name="one_outpatient_disease"
            ),
        ),
        migrations.AddConstraint(
            model_name="idmap",
            constraint=models.UniqueConstraint(fields=("site", "outside"), name="one_patient_per_outside"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("site", "doctor", "on"), name="one_reminder_per_day"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["site", "discharged"], name="records_by_discharged"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["patient", "site", "discharged"], name="records_by_patient"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["site", "admitted"], name="records_by_admitted"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["site", "department", "discharged"], name="records_by_department"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["site", "doctor", "discharged"], name="records_by_doctor"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(
                condition=models.Q(("discharged__isnull", False), ("submitted", None)),
                fields=["site", "discharged"],
                name="records_by_unsubmitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="stay",
            constraint=models.UniqueConstraint(
                fields=("patient", "admitted", "count"), name="one_stay_per_admission"
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["site", "code", "stay"], name="records_by_code"),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(fields=("stay", "seq"), name="one_operation_per_place"),
        ),
        migrations.AddIndex(
            model_name="diagnosis",
            index=models.Index(fields=["site", "icd", "stay"], name="records_by_icd"),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.UniqueConstraint(
                fields=("stay", "role", "seq"), name="one_diagnosis_per_place"
            ),
        ),
    ]

"""What a member may do with the health records of a site."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_shared_limit"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="records",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "なし"),
                    ("own", "自分が担当した退院だけ"),
                    ("read", "すべてを閲覧"),
                    ("keep", "すべてを管理（診療記録管理者）"),
                ],
                default="",
                max_length=10,
                verbose_name="診療録",
            ),
        ),
    ]

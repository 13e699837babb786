"""History is only added to; old months live in partitions of their own."""

from django.db import migrations

from daoda.kit import insert_only


class Migration(migrations.Migration):
    dependencies = [("shops", "0002_history"), ("compensation", "0001_initial")]

    operations = [
        migrations.RunSQL(insert_only.partition_sql("compensation_act", "id"), migrations.RunSQL.noop),
    ]

"""History is only added to; old months live in partitions of their own."""

from django.db import migrations

from daoda.kit import insert_only


class Migration(migrations.Migration):
    dependencies = [("shops", "0002_history"), ("payments", "0001_initial")]

    operations = [
        migrations.RunSQL(insert_only.guard_sql("payments_payment"), migrations.RunSQL.noop),
        migrations.RunSQL(insert_only.guard_sql("payments_receipt"), migrations.RunSQL.noop),
    ]

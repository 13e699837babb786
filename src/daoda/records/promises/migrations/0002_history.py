"""History is only added to; old months live in partitions of their own."""

from django.db import migrations

from daoda.kit import insert_only


class Migration(migrations.Migration):
    dependencies = [("shops", "0002_history"), ("promises", "0001_initial")]

    operations = [
        migrations.RunSQL(insert_only.partition_sql("promises_promise"), migrations.RunSQL.noop),
        migrations.RunSQL(insert_only.partition_sql("promises_promiseending", "promise_id"), migrations.RunSQL.noop),
        migrations.RunSQL(insert_only.guard_sql("promises_promiserule"), migrations.RunSQL.noop),
    ]

"""History is only added to; old months live in partitions of their own."""

from django.db import migrations

from daoda.kit import insert_only


class Migration(migrations.Migration):
    dependencies = [("shops", "0002_history"), ("fulfilment", "0001_initial")]

    operations = [
        migrations.RunSQL(insert_only.partition_sql("fulfilment_delivery", "order_id"), migrations.RunSQL.noop),
        migrations.RunSQL(insert_only.partition_sql("fulfilment_deliveredcode", "code_id"), migrations.RunSQL.noop),
    ]

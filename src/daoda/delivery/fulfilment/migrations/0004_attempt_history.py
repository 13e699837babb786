"""Events are only added to; attempts are a queue of rows, vacuumed while its dead rows are few."""

from django.db import migrations

from daoda.kit import insert_only


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0003_attempts")]

    operations = [
        migrations.RunSQL(insert_only.partition_sql("fulfilment_attemptevent"), migrations.RunSQL.noop),
        migrations.RunSQL(
            """
            ALTER TABLE fulfilment_attempt SET (
                autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
                autovacuum_analyze_scale_factor = 0.02
            );
            """,
            migrations.RunSQL.noop,
        ),
    ]

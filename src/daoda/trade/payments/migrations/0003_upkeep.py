"""A queue of rows is vacuumed while its dead rows are few, on any server."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_history")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE payments_notice SET (
                autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
                autovacuum_analyze_scale_factor = 0.02
            );
            """,
            migrations.RunSQL.noop,
        ),
    ]

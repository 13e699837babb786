"""The place on the shelf is the database's to give; hot tables are vacuumed early."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial"), ("shops", "0002_history")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE stock_code ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE stock_code ALTER COLUMN seq DROP IDENTITY",
        ),
        migrations.RunSQL(
            """
            ALTER TABLE stock_code SET (
                autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
            ALTER TABLE stock_stagedcode SET (autovacuum_vacuum_scale_factor = 0.02);
            ALTER TABLE stock_level SET (
                fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0,
                autovacuum_vacuum_threshold = 500);
            """,
            """
            ALTER TABLE stock_code RESET (
                autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor);
            ALTER TABLE stock_stagedcode RESET (autovacuum_vacuum_scale_factor);
            ALTER TABLE stock_level RESET (
                fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
            """,
        ),
    ]

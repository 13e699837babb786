"""The counters of the rate limits: rewritten at every hit, worth nothing after a crash."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE accounts_throttle SET UNLOGGED;
            -- Half of each page stays free for new versions of its own rows (HOT).
            ALTER TABLE accounts_throttle SET (fillfactor = 50);
            """,
            migrations.RunSQL.noop,
        ),
    ]

"""Facts bear a number that goes on rising when the database moves to another cluster."""

from django.db import migrations, models

from daoda.kit import snapshots


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_history")]

    operations = [
        migrations.RunSQL(snapshots.number_function(0), migrations.RunSQL.noop),
        migrations.RunSQL(snapshots.SNAPSHOT_FUNCTION, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="fact",
            name="xid",
            field=snapshots.TransactionIdField(
                db_default=models.Func(
                    models.Func(function="pg_current_xact_id"), function="daoda_number"
                ),
                editable=False,
            ),
        ),
    ]

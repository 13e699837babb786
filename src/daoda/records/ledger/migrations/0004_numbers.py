"""Transfers bear a number that goes on rising when the database moves to another cluster."""

from django.db import migrations, models

from daoda.kit import snapshots


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_time"), ("journal", "0003_numbers")]

    operations = [
        migrations.AlterField(
            model_name="transfer",
            name="xid",
            field=snapshots.TransactionIdField(
                db_default=models.Func(
                    models.Func(function="pg_current_xact_id"), function="daoda_number"
                ),
                editable=False,
            ),
        ),
    ]

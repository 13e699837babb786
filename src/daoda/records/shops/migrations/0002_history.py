"""The functions by which history is kept, and the rule that a shop is never deleted."""

from django.db import migrations

from daoda.kit import insert_only


class Migration(migrations.Migration):
    dependencies = [("shops", "0001_initial")]

    operations = [
        migrations.RunSQL(insert_only.FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(
            """
            CREATE TRIGGER refuse_delete BEFORE DELETE ON shops_shop
                FOR EACH ROW EXECUTE FUNCTION daoda_refuse_change();
            """,
            migrations.RunSQL.noop,
        ),
    ]

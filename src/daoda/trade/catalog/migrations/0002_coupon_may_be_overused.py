"""An order that lapsed gives its coupon back; paid all the same, it counts as a use again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="coupon", name="coupon_not_overused"),
    ]

"""Those who wait for a few are found without looking at those who wait for many."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0004_attempt'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'short')), fields=['variant', 'quantity', 'paid_at', 'id'], name='order_short_by_quantity'),
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_short_of_stock',
        ),
    ]

from django.db import migrations, models
from django.db.models import Q

# Two first orders at the same moment could make two persons of one contact. The first keeps it;
# what is filed under the others stays theirs, found by number, link and password as ever.
ONE_EACH = """
UPDATE persons_person p SET contact_fingerprint = NULL
FROM persons_person first
WHERE first.shop_id = p.shop_id AND first.contact_fingerprint = p.contact_fingerprint
  AND NOT first.has_account AND NOT p.has_account AND first.id < p.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0002_account'),
    ]

    operations = [
        migrations.RunSQL(ONE_EACH, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(
                condition=Q(('has_account', False)),
                fields=('shop', 'contact_fingerprint'),
                name='one_stranger_a_contact',
            ),
        ),
    ]

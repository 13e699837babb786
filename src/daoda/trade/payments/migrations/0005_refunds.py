"""Refunds are sent by the house: their way is kept, and no more goes back than came.

Those owed before were a person's to send, and stay so.
"""

import daoda.kit.ids
import django.db.models.deletion
from django.db import migrations, models

from daoda.kit import insert_only

_CONFIRMED = "UPDATE payments_refund SET state = 'confirmed' WHERE state = 'refunded'"
_RETURNED = """
INSERT INTO payments_returned (receipt_id, shop_id, came_fen, back_fen)
SELECT r.id, r.shop_id, r.amount_fen, sum(f.amount_fen)
FROM payments_receipt r JOIN payments_refund f ON f.receipt_id = r.id
GROUP BY r.id, r.shop_id, r.amount_fen;

CREATE FUNCTION daoda_count_returned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_returned AS t (receipt_id, shop_id, came_fen, back_fen)
    SELECT r.id, r.shop_id, r.amount_fen, NEW.amount_fen
    FROM payments_receipt r WHERE r.id = NEW.receipt_id
    ON CONFLICT (receipt_id) DO UPDATE SET back_fen = t.back_fen + excluded.back_fen;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_counts AFTER INSERT ON payments_refund
FOR EACH ROW EXECUTE FUNCTION daoda_count_returned();

CREATE FUNCTION daoda_same_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.receipt_id, NEW.amount_fen, NEW.currency)
       IS DISTINCT FROM (OLD.id, OLD.receipt_id, OLD.amount_fen, OLD.currency) THEN
        RAISE EXCEPTION 'a refund keeps its number, receipt and amount on every try'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_stays_the_same BEFORE UPDATE OF id, receipt_id, amount_fen, currency
ON payments_refund FOR EACH ROW EXECUTE FUNCTION daoda_same_refund();

ALTER TABLE payments_refund SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.02
);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_short_by_quantity'),
        ('payments', '0004_payer_stands_in_the_notice'),
        ('shops', '0002_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='RefundEvent',
            fields=[
                ('id', models.UUIDField(default=daoda.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('fence', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=12)),
                ('word', models.CharField(blank=True, max_length=12)),
                ('detail', models.CharField(blank=True, max_length=200)),
                ('answer', models.CharField(blank=True, max_length=400)),
                ('actor', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Returned',
            fields=[
                ('receipt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='returned', serialize=False, to='payments.receipt')),
                ('came_fen', models.BigIntegerField()),
                ('back_fen', models.BigIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='refund',
            name='payments_refund_known_state',
        ),
        migrations.RemoveConstraint(
            model_name='refund',
            name='payments_refund_nothing_undated',
        ),
        migrations.RemoveConstraint(
            model_name='refund',
            name='one_refund_a_reason',
        ),
        migrations.RemoveIndex(
            model_name='refund',
            name='refund_by_date',
        ),
        migrations.AddField(
            model_name='refund',
            name='asks',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='refund',
            name='cause',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='refund',
            name='claimed_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='refund',
            name='cut_off_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='refund',
            name='detail',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='refund',
            name='done_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='refund',
            name='fence',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='refund',
            name='from_earnings',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='refund',
            name='next_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='refund',
            name='said',
            field=models.CharField(blank=True, db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='refund',
            name='sends',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='refund',
            name='sent_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('state', 'confirmed'), _negated=True), fields=['promised_at'], name='refund_open_by_date'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='refund_to_work_on'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['shop', '-owed_at', '-id'], name='refund_of_shop_newest'),
        ),
        migrations.RunSQL(_CONFIRMED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['owed', 'sent', 'unknown', 'failed', 'confirmed'])), name='payments_refund_known_state'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['confirmed']), models.Q(('owner__isnull', False), models.Q(('owner', ''), _negated=True), ('node__isnull', False), models.Q(('node', ''), _negated=True), ('promised_at__isnull', False), models.Func(models.F('promised_at'), function='isfinite', output_field=models.BooleanField()), ('promise_id__isnull', False)), _connector='OR'), name='payments_refund_nothing_undated'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('receipt', 'reason', 'cause'), name='one_refund_a_reason_and_cause'),
        ),
        migrations.AddField(
            model_name='refundevent',
            name='refund',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.refund'),
        ),
        migrations.AddField(
            model_name='refundevent',
            name='shop',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.shop'),
        ),
        migrations.AddField(
            model_name='returned',
            name='shop',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shops.shop'),
        ),
        migrations.AddConstraint(
            model_name='refundevent',
            constraint=models.UniqueConstraint(fields=('refund', 'fence', 'kind'), name='one_refund_event_of_a_kind_a_turn'),
        ),
        migrations.AddConstraint(
            model_name='returned',
            constraint=models.CheckConstraint(condition=models.Q(('back_fen__gt', 0), ('back_fen__lte', models.F('came_fen'))), name='no_more_back_than_came'),
        ),
        migrations.RunSQL(insert_only.guard_sql("payments_refundevent"), migrations.RunSQL.noop),
        migrations.RunSQL(_RETURNED, migrations.RunSQL.noop),
    ]

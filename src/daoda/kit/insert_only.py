"""Tables of history: rows are added, never changed.

Three guards: the application's role holds no such right, a trigger refuses whoever does, and
partitions by time let old history be archived without deleting a row. A model says so with
``insert_only = True``; its migration runs the SQL made here.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Model

MONTHS_AHEAD = 3

# Created by the first migration of records.shops; everything after it may call them.
FUNCTIONS = """
CREATE FUNCTION daoda_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is only added to: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- Lowest UUIDv7 of a moment: the bounds of a partition.
CREATE FUNCTION daoda_uuid_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
$$;

-- Make the monthly partitions around `moment`. SECURITY DEFINER: the worker calls it as the
-- application's role, which may not create tables. So the caller must not be able to slip in
-- objects of its own: pg_temp is searched last, and everything of ours is named with its schema.
-- A month whose rows the default partition has caught already stays there; a table somebody reads
-- for long is left for the next round instead of having everybody queue behind us.
CREATE FUNCTION daoda_make_partitions(parent regclass, moment timestamptz, months_ahead int)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    first timestamptz := date_trunc('month', moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    lower_at timestamptz;
    upper_at timestamptz;
    base name;
    part text;
    made int := 0;
BEGIN
    SELECT c.relname INTO base FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
    WHERE p.partrelid = parent AND c.relowner = current_user::regrole
      AND c.relnamespace = 'public'::regnamespace;
    IF base IS NULL THEN
        RAISE EXCEPTION '% is not a partitioned table of ours', parent;
    END IF;
    FOR step IN -1 .. least(greatest(months_ahead, 0), 24) LOOP
        lower_at := first + make_interval(months => step);
        upper_at := first + make_interval(months => step + 1);
        part := format('%s_%s', base, to_char(lower_at AT TIME ZONE 'UTC', 'YYYY_MM'));
        CONTINUE WHEN to_regclass(format('public.%I', part)) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I '
                           'FOR VALUES FROM (%L) TO (%L)', part, base,
                           public.daoda_uuid_at(lower_at), public.daoda_uuid_at(upper_at));
            EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.%I '
                           'EXECUTE FUNCTION public.daoda_refuse_change()', part);
            made := made + 1;
        EXCEPTION
            WHEN check_violation THEN
                RAISE WARNING '% stays in the default partition of %', part, base;
            WHEN lock_not_available THEN
                RAISE WARNING '% is in use, % is made another time', base, part;
                EXIT;
        END;
    END LOOP;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION daoda_make_partitions(regclass, timestamptz, int) FROM PUBLIC;

-- Turn a plain, empty table into one partitioned by its uuid key, keeping indexes and keys.
CREATE FUNCTION daoda_partition(plain regclass, key name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    named text := plain::text;
    item record;
    statements text[] := '{}';
    statement text;
BEGIN
    FOR item IN
        SELECT pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
        WHERE i.indrelid = plain
          AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    LOOP
        statements := statements || item.definition;
    END LOOP;
    FOR item IN
        SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE conrelid = plain AND contype IN ('p', 'u', 'f', 'c')
    LOOP
        statements := statements || format('ALTER TABLE %s ADD CONSTRAINT %I %s', named,
                                           item.conname, item.definition);
    END LOOP;
    EXECUTE format('ALTER TABLE %s RENAME TO plain_copy', named);
    EXECUTE format('CREATE TABLE %I (LIKE plain_copy INCLUDING DEFAULTS INCLUDING IDENTITY '
                   'INCLUDING GENERATED) PARTITION BY RANGE (%I)', named, key);
    DROP TABLE plain_copy;
    FOREACH statement IN ARRAY statements LOOP
        EXECUTE statement;
    END LOOP;
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', named || '_default', named);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %I '
                   'EXECUTE FUNCTION daoda_refuse_change()', named || '_default');
    PERFORM daoda_make_partitions(named::regclass, now(), 3);
END $$;
"""


def guard_sql(table: str) -> str:
    """SQL for a migration: refuse UPDATE, DELETE and TRUNCATE on ``table``."""
    return f"""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION daoda_refuse_change();
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            EXECUTE FUNCTION daoda_refuse_change();
    """


def partition_sql(table: str, key: str = "id") -> str:
    """SQL for a migration of its own: partition ``table`` by time through its UUIDv7 ``key``.

    It must be a later migration than the one that creates the table: Django adds foreign keys
    at the end of a migration, and they have to be there to be carried over.
    """
    return f"SELECT daoda_partition('{table}', '{key}');" + guard_sql(table)


def make_partitions(now: datetime) -> int:
    """Make the monthly partitions around ``now`` of every table of history; how many were made.

    The worker calls it, table by table; what cannot be made now is made at its next call, and
    the default partition catches what comes before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT partrelid::regclass::text FROM pg_partitioned_table")
        parents = [name for (name,) in cursor.fetchall()]
        made = 0
        for parent in parents:
            cursor.execute(
                "SELECT daoda_make_partitions(%s::text::regclass, %s, %s)",
                [parent, now, MONTHS_AHEAD],
            )
            made += cursor.fetchone()[0]
    return made


def is_insert_only(model: type[Model]) -> bool:
    """Whether the model's table is history."""
    return bool(getattr(model, "insert_only", False))

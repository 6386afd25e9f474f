"""Customers are found by numbers of the parts of their texts, which an index takes in fast.

The numbers stand beside the text: who puts in many at once brings them along, of others the
database finds them. `customers/parts.py` says which parts a text has. To compare them row by row
takes far longer than the planner would think: it is told so by the cost of `kefen_indexed`.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from kefen_crm.customers import parts

FORWARD = """
    CREATE FUNCTION kefen_part(part text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((ascii(part)::bigint * 1000003 + ascii(substr(part, 2, 1))) * 1000003
        + ascii(substr(part, 3, 1))) & 2147483647;

    CREATE FUNCTION kefen_parts(found_by text) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
        parts integer[] := '{}';
        line text;
        part text;
        mixed boolean;
    BEGIN
        FOREACH line IN ARRAY string_to_array(found_by, E'\\n') LOOP
            mixed := line COLLATE "C" ~ '[^a-z0-9]';
            FOR at IN 1 .. length(line) LOOP
                part := substr(line, at, 3);
                parts := parts || kefen_part(left(part, 1));
                IF mixed AND length(part) > 1 THEN
                    parts := parts || kefen_part(left(part, 2));
                END IF;
                IF length(part) > 1 AND NOT mixed AND at % 2 = 1
                    OR part COLLATE "C" ~ '^[a-z0-9]{3}' AND mixed THEN
                    parts := parts || kefen_part(part);
                END IF;
            END LOOP;
        END LOOP;
        RETURN ARRAY(SELECT DISTINCT unnest(parts) ORDER BY 1);
    END $$;

    CREATE FUNCTION kefen_indexed(parts integer[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$ BEGIN RETURN parts; END $$;

    DROP INDEX customers_searched_parts;
    TRUNCATE customers_searched;
    ALTER TABLE customers_searched ADD COLUMN parts integer[] NOT NULL;
"""
FOLLOWED = """
    CREATE INDEX customers_searched_parts ON customers_searched
        USING gin (kefen_indexed(parts)) WITH (fastupdate = on, gin_pending_list_limit = 1024);

    CREATE FUNCTION kefen_searched_parts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.parts := kefen_parts(NEW.found_by);
        RETURN NEW;
    END $$;
    CREATE TRIGGER kefen_searched_parts BEFORE INSERT ON customers_searched
    FOR EACH ROW WHEN (NEW.parts IS NULL) EXECUTE FUNCTION kefen_searched_parts();
    CREATE TRIGGER kefen_searched_parts_anew BEFORE UPDATE OF found_by ON customers_searched
    FOR EACH ROW EXECUTE FUNCTION kefen_searched_parts();
"""
BACKWARD = """
    DROP FUNCTION kefen_searched_parts CASCADE;
    ALTER TABLE customers_searched DROP COLUMN parts;
    DROP FUNCTION kefen_indexed;
    DROP FUNCTION kefen_parts;
    DROP FUNCTION kefen_part;
    CREATE INDEX customers_searched_parts ON customers_searched
        USING gin (kefen_trigrams(found_by))
        WITH (fastupdate = on, gin_pending_list_limit = 1024);
"""


def fill(_apps: object, schema: BaseDatabaseSchemaEditor) -> None:
    """Customers by the numbers of their parts, a thousand at once."""
    with schema.connection.cursor() as cursor:
        parts.fill(cursor)


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_figures_day")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(FOLLOWED, migrations.RunSQL.noop),
    ]

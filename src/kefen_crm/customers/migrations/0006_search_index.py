"""What customers are found by is indexed by all that stands in it, in a table of its own.

Figures move every day and write a customer's row anew; that would write a hundred entries of the
index each time. `customers_searched` follows the column `search` by triggers, so that nothing which
writes customers can forget it. It has no model, and is no part of a backup.
"""

from django.db import migrations

FORWARD = """
    CREATE FUNCTION kefen_trigrams(found_by text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
        parts text[] := '{}';
        line text;
    BEGIN
        FOREACH line IN ARRAY string_to_array(found_by, E'\\n') LOOP
            FOR at IN 1 .. length(line) LOOP
                parts := parts || substr(line, at, 3);
            END LOOP;
        END LOOP;
        RETURN array_to_tsvector(parts);
    END $$;

    CREATE TABLE customers_searched (customer_id bigint PRIMARY KEY, found_by text NOT NULL);
    INSERT INTO customers_searched SELECT id, search FROM customers_customer;
    CREATE INDEX customers_searched_parts ON customers_searched
        USING gin (kefen_trigrams(found_by)) WITH (fastupdate = off);

    CREATE FUNCTION kefen_searched() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            TRUNCATE customers_searched;
        ELSIF TG_OP = 'DELETE' THEN
            DELETE FROM customers_searched WHERE customer_id = OLD.id;
        ELSE
            INSERT INTO customers_searched VALUES (NEW.id, NEW.search)
            ON CONFLICT (customer_id) DO UPDATE SET found_by = EXCLUDED.found_by;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_searched AFTER INSERT OR DELETE ON customers_customer
    FOR EACH ROW EXECUTE FUNCTION kefen_searched();
    CREATE TRIGGER kefen_searched_anew AFTER UPDATE ON customers_customer
    FOR EACH ROW WHEN (OLD.search IS DISTINCT FROM NEW.search) EXECUTE FUNCTION kefen_searched();
    CREATE TRIGGER kefen_searched_none AFTER TRUNCATE ON customers_customer
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_searched();
"""
BACKWARD = """
    DROP FUNCTION kefen_searched CASCADE;
    DROP TABLE customers_searched;
    DROP FUNCTION kefen_trigrams;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_list_indexes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

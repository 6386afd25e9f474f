"""The database writes holdings with each change of a customer's owner."""

from __future__ import annotations

from django.db import migrations

FOLLOW = """
CREATE FUNCTION holdings_follow_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told_via text := COALESCE(NULLIF(current_setting('kefen.owner_via', true), ''),
        CASE TG_OP WHEN 'INSERT' THEN 'created' ELSE 'assigned' END);
    told_reason text := left(COALESCE(current_setting('kefen.owner_reason', true), ''), 500);
    told_by bigint := NULLIF(current_setting('kefen.owner_actor', true), '')::bigint;
    told_transfer bigint := NULLIF(current_setting('kefen.owner_transfer', true), '')::bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE holdings_holding
        SET until = now(), ended = told_via, end_reason = told_reason, ended_by_id = told_transfer
        WHERE customer_id = NEW.id AND until IS NULL;
    END IF;
    IF NEW.owner_id IS NOT NULL THEN
        INSERT INTO holdings_holding
            (customer_id, user_id, since, via, reason, by_id, ended, end_reason, begun_by_id)
        VALUES (NEW.id, NEW.owner_id, now(), told_via, told_reason, told_by, '', '',
            told_transfer);
        DELETE FROM holdings_poolentry WHERE customer_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER holdings_owner_brought AFTER INSERT ON customers_customer
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION holdings_follow_owner();
CREATE TRIGGER holdings_owner_changed AFTER UPDATE OF owner_id ON customers_customer
    FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION holdings_follow_owner();
INSERT INTO holdings_holding (customer_id, user_id, since, via, reason, ended, end_reason)
    SELECT id, owner_id, created, 'earlier', '', '', '' FROM customers_customer
    WHERE owner_id IS NOT NULL;
"""
FORGET = """
DROP TRIGGER holdings_owner_changed ON customers_customer;
DROP TRIGGER holdings_owner_brought ON customers_customer;
DROP FUNCTION holdings_follow_owner();
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0001_initial")]

    operations = [migrations.RunSQL(FOLLOW, FORGET)]

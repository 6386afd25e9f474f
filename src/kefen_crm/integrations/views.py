"""The views that BI programs read, in the schema `bi`: names that last, whatever tables become."""

from __future__ import annotations

from kefen_crm.platform.parts import SqlView

_STATE = """CASE WHEN {key} IS NULL THEN 'unrated' WHEN {key} = '~lapsed' THEN 'lapsed'
        ELSE 'rated' END"""
_CLASS = "NULLIF({key}, '~lapsed')"


def _state(key: str) -> str:
    return _STATE.format(key=key)


def _class(key: str) -> str:
    return _CLASS.format(key=key)


CUSTOMER = "The customer's code."
SCHEME = "The name of the scheme."
CLASS = "The key of the class; null where there is none (see class_state)."
STATE = "rated, lapsed (has bought, but not within the window) or unrated (too little is known)."
COMPUTED = "The class without a person's decision."
HELD = "What keeps the class from being what the score alone gives: cap, hysteresis, override."

VIEWS = (
    SqlView(
        "customers",
        "Customers with their figures of the last run; without telephone, e-mail and address.",
        {
            "customer": CUSTOMER,
            "name": "Its name.",
            "region": "Region.",
            "province": "Province.",
            "city": "City.",
            "industry": "Industry.",
            "size": "Size.",
            "customer_type": "Type.",
            "source_channel": "Where it came from.",
            "status": "Status in the data.",
            "owner": "Who looks after it.",
            "registered_on": "Customer since.",
            "sales": "Sales of twelve months, in base currency.",
            "profit": "Gross profit of twelve months, in base currency.",
            "orders": "Orders of twelve months.",
            "days_since_last_order": "Days from the last order to figures_as_of.",
            "first_order_on": "Day of the first order.",
            "last_order_on": "Day of the last order.",
            "figures_as_of": "Orders before this day count.",
            "standing": "facts (the data has it) or site (typed in on the site).",
        },
        """SELECT c.code AS customer, c.name, c.region, c.province, c.city, c.industry, c.size,
            c.customer_type, c.source_channel, c.status,
            COALESCE(NULLIF(u.first_name, ''), u.username) AS owner, c.registered_on, c.sales,
            c.profit, c.orders,
            CASE WHEN c.last_order_on >= (f.as_of - interval '12 months')::date
                THEN f.as_of - c.last_order_on END AS days_since_last_order,
            c.first_order_on, c.last_order_on, f.as_of AS figures_as_of, c.standing
        FROM customers_customer AS c LEFT JOIN team_user AS u ON u.id = c.owner_id
            LEFT JOIN customers_figuresday AS d ON c.in_facts
            CROSS JOIN LATERAL (
                SELECT CASE WHEN c.in_facts THEN d.as_of ELSE c.figures_until END AS as_of) AS f
        WHERE c.standing IN ('facts', 'site')""",
    ),
    SqlView(
        "schemes",
        "Published schemes, as they are now.",
        {
            "scheme": SCHEME,
            "version": "Number of the version in force.",
            "title_zh": "Title in Chinese.",
            "title_en": "Title in English.",
            "method": "How it classifies.",
            "published_at": "When this version was published.",
            "run_id": "The run that today's classes come from.",
            "as_of": "Facts before this day count in it.",
        },
        """SELECT s.name AS scheme, v.number AS version, v.document->'title'->>'zh' AS title_zh,
            v.document->'title'->>'en' AS title_en, v.document->>'method' AS method,
            v.published_at, r.id AS run_id, r.as_of
        FROM grading_scheme AS s JOIN grading_schemeversion AS v ON v.id = s.current_id
            LEFT JOIN grading_runinforce AS held ON held.scheme_id = s.id
            LEFT JOIN grading_run AS r ON r.id = held.run_id""",
    ),
    SqlView(
        "scheme_classes",
        "The classes of each scheme, best first.",
        {
            "scheme": SCHEME,
            "position": "1 is the best.",
            "class": "The key of the class.",
            "title_zh": "Title in Chinese.",
            "title_en": "Title in English.",
        },
        """SELECT s.name AS scheme, one.position, one.value->>'key' AS class,
            COALESCE(one.value->'title'->>'zh', one.value->>'key') AS title_zh,
            COALESCE(one.value->'title'->>'en', one.value->>'key') AS title_en
        FROM grading_scheme AS s JOIN grading_schemeversion AS v ON v.id = s.current_id
            CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_array_length(v.class_list) > 0
                THEN v.class_list ELSE COALESCE(v.document->'classes', '[]') END)
                WITH ORDINALITY AS one(value, position)""",
    ),
    SqlView(
        "classes",
        "The class that each customer has now in each scheme.",
        {
            "customer": CUSTOMER,
            "scheme": SCHEME,
            "class": CLASS,
            "class_state": STATE,
            "score": "What the class was cut from, where the method gives one.",
            "computed_class": COMPUTED,
            "held_by": HELD,
            "previous_class": "The class in the run before.",
            "since": "Since when the class holds.",
            "run_id": "The run it comes from.",
            "as_of": "Facts before this day count in it.",
        },
        f"""SELECT c.code AS customer, s.name AS scheme, {_class("k.class_key")} AS class,
            {_state("k.class_key")} AS class_state, k.score,
            {_class("k.computed_key")} AS computed_class, NULLIF(k.held_by, '') AS held_by,
            CASE WHEN held.before_id IS NOT NULL THEN {_class("k.previous_key")} END
                AS previous_class, k.since, r.id AS run_id, r.as_of
        FROM grading_customerclass AS k JOIN customers_customer AS c ON c.id = k.customer_id
            JOIN grading_scheme AS s ON s.id = k.scheme_id
            JOIN grading_runinforce AS held ON held.scheme_id = s.id
            JOIN grading_run AS r ON r.id = held.run_id
        WHERE c.standing IN ('facts', 'site')""",  # noqa: S608  # no value in it
    ),
    SqlView(
        "classes_history",
        "Every class that today's customers have had, and how long; until is null for now's.",
        {
            "customer": CUSTOMER,
            "scheme": SCHEME,
            "class": CLASS,
            "class_state": STATE,
            "computed_class": COMPUTED,
            "held_by": HELD,
            "since": "From when it held.",
            "until": "Until when it held; null while it does.",
        },
        f"""SELECT c.code AS customer, s.name AS scheme, {_class("k.class_key")} AS class,
            {_state("k.class_key")} AS class_state, {_class("k.computed_key")} AS computed_class,
            NULLIF(k.held_by, '') AS held_by, k.since, k.until
        FROM (
            SELECT customer_id, scheme_id, class_key, computed_key, held_by, since, until
            FROM integrations_classperiod
            UNION ALL
            SELECT customer_id, scheme_id, class_key, computed_key, held_by, since, NULL
            FROM grading_customerclass
        ) AS k JOIN customers_customer AS c ON c.id = k.customer_id
            JOIN grading_scheme AS s ON s.id = k.scheme_id
        WHERE c.standing IN ('facts', 'site')""",  # noqa: S608
    ),
    SqlView(
        "runs",
        "Runs of published versions.",
        {
            "run_id": "Its number.",
            "scheme": SCHEME,
            "version": "Number of the version.",
            "status": "queued, running, finished or failed.",
            "as_of": "Facts before this day count.",
            "ledger_version": "The version of the facts that was read.",
            "created": "When it was asked for.",
            "finished": "When it ended.",
            "duration": "Seconds.",
        },
        """SELECT r.id AS run_id, s.name AS scheme, v.number AS version, r.status, r.as_of,
            r.ledger_version, r.created, r.finished, r.duration
        FROM grading_run AS r JOIN grading_schemeversion AS v ON v.id = r.version_id
            JOIN grading_scheme AS s ON s.id = v.scheme_id WHERE NOT r.shadow""",
    ),
    SqlView(
        "run_classes",
        "How many customers each class had in each finished run, and what they brought.",
        {
            "run_id": "The run.",
            "class": CLASS,
            "class_state": STATE,
            "customers": "How many.",
            "value": "What they brought, in base currency.",
            "share_of_customers": "Part of the rated, 0 to 1.",
            "share_of_value": "Part of the value of the rated, 0 to 1.",
        },
        f"""SELECT r.id AS run_id, {_class("one.value->>'class'")} AS class,
            COALESCE(one.value->>'state', {_state("one.value->>'class'")}) AS class_state,
            (one.value->>'customers')::bigint AS customers, (one.value->>'value')::numeric AS value,
            (one.value->>'share_of_customers')::double precision AS share_of_customers,
            (one.value->>'share_of_value')::double precision AS share_of_value
        FROM grading_run AS r CROSS JOIN LATERAL jsonb_array_elements(r.counts) AS one(value)
        WHERE NOT r.shadow AND r.status = 'finished'""",  # noqa: S608
    ),
    SqlView(
        "overrides",
        "Classes that people set.",
        {
            "customer": CUSTOMER,
            "scheme": SCHEME,
            "class": "The class that was set.",
            "computed_class": "The class that it set aside.",
            "by": "Who set it.",
            "since": "From when it holds.",
            "until": "The last day it holds; null without one.",
            "ended": "When it stopped holding; null while it does.",
        },
        f"""SELECT c.code AS customer, s.name AS scheme, o.class_key AS class,
            {_class("o.computed_key")} AS computed_class,
            COALESCE(NULLIF(u.first_name, ''), u.username) AS by, o.since, o.until, o.ended
        FROM grading_override AS o JOIN customers_customer AS c ON c.id = o.customer_id
            JOIN grading_scheme AS s ON s.id = o.scheme_id
            LEFT JOIN team_user AS u ON u.id = o.by_id""",  # noqa: S608
    ),
)

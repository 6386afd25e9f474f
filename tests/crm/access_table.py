"""Who may do what: a line for each method of each page and for each operation of the API.

A line says the method, the name of the address with its arguments, who may, and a valid body:

    page("POST", "grading:grade abc", "m a", as_of="")

Who may: `r` readers, `s` sales representatives, `c` customer service, `f` finance, `m` managers,
`a` administrators, and `-` whoever is not signed in. Everybody else is refused with 403, or with
what the line says: `s=404` hides from representatives what is not theirs. `{draft}` is one of the
things that `test_access.py` made.
Carol, the representative, looks after C1 and C3.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.timezone import localdate

ROLES = {
    "r": "reader",
    "s": "rep",
    "c": "service",
    "f": "finance",
    "m": "manager",
    "a": "admin",
}
NOBODY = "-"
ALL = " ".join(ROLES)
"""Whoever is signed in."""
EVERYBODY = f"{NOBODY} {ALL}"


class Line(NamedTuple):
    """A request, and who may make it."""

    method: str
    name: str
    arguments: list[str]
    query: str
    who: str
    body: Any
    media: str
    answers: frozenset[int]

    @property
    def permitted(self) -> set[str]:
        return {word for word in self.who.split() if "=" not in word}

    @property
    def special(self) -> dict[str, int]:
        """Who is neither served nor refused with 403, by letter, with the status."""
        pairs = (word.split("=") for word in self.who.split() if "=" in word)
        return {letter: int(status) for letter, status in pairs}


class File(NamedTuple):
    """A file in the body of a form."""

    name: str
    text: str


SERVED = frozenset({200, 201, 202, 204, 302})


def page(method: str, address: str, who: str, *answers: int, **body: Any) -> Line:
    """A page of the site; `answers` where those who may are not answered as usual."""
    return _line(method, address, who, body, "", answers)


def call(method: str, address: str, who: str, body: Any = None, media: str = "") -> Line:
    """An operation of the API, named as in its description."""
    return _line(method, f"api:{address}", who, body, media or "application/json", ())


def _line(
    method: str, address: str, who: str, body: Any, media: str, answers: tuple[int, ...]
) -> Line:
    place, _, query = address.partition("?")
    name, *arguments = place.split()
    return Line(method, name, arguments, query, who, body, media, frozenset(answers) or SERVED)


REASON = {"reason": "Better"}
MANAGERS = "m a"
SELLERS = "s m a"
SEE_ALL = "r c f m a"
ADMINS = "a"
NOT_OF_OTHERS = f"{SEE_ALL} s=404"
"""Of a customer who is not the representative's."""
NOBODY_ELSE = " ".join(f"{letter}=404" for letter in ROLES)
"""Of what is another person's own."""

HOME = (
    page("GET", "home", ALL),
    page("GET", "search ?q=C1", ALL),
    page("GET", "health", EVERYBODY, 200, 503),  # as it stands
    page("GET", "health_live", EVERYBODY),
    page("GET", "metrics", EVERYBODY),  # from this machine
)

PASSWORD = "correct-horse-7"
TEAM = (
    page("GET", "account_login", EVERYBODY),
    page("POST", "account_login", EVERYBODY, login="alice", password=PASSWORD),
    page("GET", "account_logout", EVERYBODY),
    page("POST", "account_logout", EVERYBODY),
    page("GET", "account_inactive", EVERYBODY),
    page("GET", "account_reauthenticate", ALL),
    page("POST", "account_reauthenticate", ALL, password=PASSWORD),
    page("GET", "mfa_index", ALL),
    page("GET", "mfa_authenticate", ALL),  # leads to where the first step is
    page("POST", "mfa_authenticate", ALL, code="000000"),
    page("GET", "mfa_reauthenticate", ALL),
    page("POST", "mfa_reauthenticate", ALL, code="000000"),
    page("GET", "mfa_activate_totp", ALL),
    page("POST", "mfa_activate_totp", ALL, code="000000"),
    page("GET", "mfa_deactivate_totp", ALL, 404),
    page("POST", "mfa_deactivate_totp", ALL, 404),
    page("GET", "mfa_view_recovery_codes", ALL, 404),
    page("GET", "mfa_generate_recovery_codes", ALL),
    page("POST", "mfa_generate_recovery_codes", ALL),
    page("GET", "mfa_download_recovery_codes", ALL, 404),
    page("POST", "set_language", EVERYBODY, language="en"),
    page("GET", "team:profile", ALL),
    page("POST", "team:preferences", ALL, language="en", theme="dark"),
    page("POST", "team:theme", ALL, theme="dark"),
    page("POST", "team:password", ALL, old=PASSWORD, new="another-horse-8"),
    page("GET", "team:own_password", ALL),
    page("POST", "team:own_password", ALL, old=PASSWORD, new="another-horse-8"),
    page("POST", "team:session_end {own_session}", ALL),
    page("POST", "team:session_end {frank_session}", NOBODY_ELSE),
    page("POST", "team:sessions_end", ALL),
    page("POST", "team:token_create", ALL, name="till"),
    page("POST", "team:token_revoke {own_token}", ALL),
    page("POST", "team:token_revoke {frank_token}", "a r=404 s=404 c=404 f=404 m=404"),
    page("GET", "team:departments", ADMINS),
    page("POST", "team:departments", ADMINS, name="East"),
    page("GET", "team:department {department}", ADMINS),
    page("POST", "team:department {department}", ADMINS, name="South"),
    page("POST", "team:department_remove {department}", ADMINS),
    page("GET", "team:tokens", ADMINS),
    page("GET", "team:users", ADMINS),
    page("GET", "team:user_add", ADMINS),
    page(
        "POST",
        "team:user_add",
        ADMINS,
        username="nora",
        name="Nora",
        role="rep",
        password="a-new-horse-9",
    ),
    page("GET", "team:user_edit {frank}", ADMINS),
    page("POST", "team:user_edit {frank}", ADMINS, name="Frank", role="manager"),
    page("POST", "team:user_password {frank}", ADMINS, password="a-new-horse-9"),
    page("POST", "team:user_token {robot}", ADMINS, name="till"),
    page("POST", "team:user_two_step {frank}", ADMINS),
    page("POST", "team:user_session {frank} {frank_session}", ADMINS),
    page("GET", "team:user_disclose {frank}", ADMINS),
    page("POST", "team:user_anonymise {leaver}", ADMINS),
    page("POST", "team:user_active {frank}", ADMINS, active="no"),
    call("GET", "list_notifications", ALL),
    call("POST", "read_notification {own_notification}", ALL),
    call("POST", "read_notification {frank_notification}", NOBODY_ELSE),
    call("POST", "read_notifications", ALL),
    call("GET", "list_notification_choices", ALL),
    call(
        "PUT",
        "choose_notifications",
        ALL,
        [{"kind": "customer.given", "bell": True, "mail": False}],
    ),
    page("GET", "notifications:list", ALL),
    page("POST", "notifications:read {own_notification}", ALL),
    page("POST", "notifications:read {frank_notification}", NOBODY_ELSE),
    page("POST", "notifications:read_all", ALL),
    page("GET", "notifications:settings", ALL),
    page("POST", "notifications:settings", ALL),
    call("GET", "get_me", ALL),
)

NO_HANDOVER = {"leaver": 2**61, "receivers": [2**61], "reason": "Leaves"}
POOL = {"name": "East", "per_day": 1, "most_held": 0, "former_waits": 1, "rest_days": 1}
NOTED = {"ordered_on": "2025-12-30", "amount": "20.00"}
CUSTOMERS = (
    page("GET", "customers:list", ALL),
    page("GET", "customers:export csv", "r s f m a"),
    page("GET", "customers:detail C1", ALL),
    page("GET", "customers:detail C2", NOT_OF_OTHERS),
    page("GET", "customers:purchases C1", ALL),
    page("GET", "customers:purchases C2", NOT_OF_OTHERS),
    page("GET", "customers:indicators C1", ALL),
    page("GET", "customers:indicators C2", NOT_OF_OTHERS),
    page("GET", "customers:new", SELLERS),
    page("POST", "customers:new", SELLERS, name="New customer"),
    page("GET", "customers:basics C1", ALL),
    page("GET", "customers:basics C2", NOT_OF_OTHERS),
    page("GET", "customers:field C1 city", SELLERS),
    page("POST", "customers:field C1 city", SELLERS, was="北京", city="天津"),
    page("GET", "customers:field C1 owner", MANAGERS),
    page("POST", "customers:field C2 city", "m a s=404", was="北京", city="天津"),
    page("POST", "customers:choose C1 city", SELLERS, keep="mine"),
    page("POST", "customers:choose C2 city", "m a s=404", keep="mine"),
    page("POST", "customers:archive C1", SELLERS),
    page("POST", "customers:archive C2", "m a s=404"),
    page("POST", "customers:restore A1", SELLERS),
    page("POST", "customers:share C1", SELLERS, user="{frank}", access="read"),
    page("POST", "customers:share C2", "m a s=404", user="{frank}", access="read"),
    page("POST", "customers:unshare C1 {frank}", SELLERS),
    page("POST", "customers:unshare C2 {frank}", "m a s=404"),
    page("GET", "contacts:add C1", SELLERS),
    page("POST", "contacts:add C1", SELLERS, name="Li", birthday_calendar="solar"),
    page("POST", "contacts:add C2", "m a s=404", name="Li", birthday_calendar="solar"),
    page("GET", "contacts:change {contact}", SELLERS),
    page("POST", "contacts:change {contact}", SELLERS, name="Li", birthday_calendar="solar"),
    page(
        "POST", "contacts:change {other_contact}", "m a s=404", name="Li", birthday_calendar="solar"
    ),
    page("POST", "contacts:leave {contact}", SELLERS),
    page("POST", "contacts:leave {other_contact}", "m a s=404"),
    page("GET", "duplicates:list", SELLERS),
    page("GET", "duplicates:typing?name=Acme", SELLERS),
    page("POST", "duplicates:look", SELLERS),
    page("POST", "duplicates:judge {pair}", SELLERS),
    page("POST", "duplicates:judge {other_pair}", "m a s=404"),
    page("GET", "duplicates:merge?code=C1&code=C3", SELLERS),
    page("GET", "duplicates:merge?code=C1&code=C2", "m a s=404"),
    page("POST", "duplicates:merge", SELLERS, code=["C1", "C3"], keep="C1"),
    page("POST", "duplicates:merge", "m a s=404", code=["C1", "C2"], keep="C1"),
    page("GET", "duplicates:merges", SELLERS),
    page("POST", "duplicates:undo {merge}", SELLERS),
    page("POST", "duplicates:undo {other_merge}", "m a s=404"),
    call("GET", "list_pairs", SELLERS),
    call("POST", "judge_pair {pair}", SELLERS, {}),
    call("POST", "judge_pair {other_pair}", "m a s=404", {}),
    call("GET", "near_matches?name=Acme", SELLERS),
    call("GET", "list_merges", SELLERS),
    call("POST", "merge_customers", SELLERS, {"into": "C1", "merged": ["C3"]}),
    call("POST", "merge_customers", "m a s=422", {"into": "C1", "merged": ["C2"]}),
    call("POST", "undo_merge {merge}", SELLERS, {}),
    call("POST", "undo_merge {other_merge}", "m a s=404", {}),
    page("GET", "custom_fields:settings", MANAGERS),
    page("POST", "custom_fields:settings", MANAGERS, name_en="Budget", kind="text"),
    page("GET", "custom_fields:edit {custom_field}", MANAGERS),
    page("POST", "custom_fields:edit {custom_field}", MANAGERS, name_en="Budget", kind="text"),
    page("POST", "custom_fields:retire {custom_field}", MANAGERS),
    page("GET", "custom_fields:required phone", MANAGERS),
    page("POST", "custom_fields:required phone", MANAGERS, required="*"),
    page("GET", "custom_fields:write C1", SELLERS),
    page("POST", "custom_fields:write C1", SELLERS, custom_level="x"),
    page("POST", "custom_fields:write C2", "m a s=404", custom_level="x"),
    page("POST", "custom_fields:choose C1 {custom_field}", SELLERS, keep="mine"),
    page("POST", "custom_fields:choose C2 {custom_field}", "m a s=404", keep="mine"),
    call("GET", "list_custom_fields", ALL),
    call("POST", "define_custom_field", MANAGERS, {"name_en": "Budget", "kind": "text"}),
    call("PATCH", "change_custom_field {custom_field}", MANAGERS, {"name_en": "Budget"}),
    call("GET", "get_custom_values ?customer=C1", ALL),
    call("GET", "get_custom_values ?customer=C2", NOT_OF_OTHERS),
    call("PATCH", "write_custom_values", SELLERS, {"customer": "C1", "values": {"level": "x"}}),
    page("GET", "customer_links:add C1", SELLERS),
    page("POST", "customer_links:add C1", SELLERS, kind="parent", other="C3"),
    page("POST", "customer_links:add C2", "m a s=404", kind="parent", other="C3"),
    page("POST", "customer_links:remove C1 {link}", SELLERS),
    page("POST", "customer_links:remove C2 {other_link}", "m a s=404"),
    call("GET", "list_links ?customer=C1", ALL),
    call("GET", "list_links ?customer=C2", NOT_OF_OTHERS),
    call("GET", "get_group ?customer=C1", ALL),
    call("POST", "add_link", SELLERS, {"customer": "C1", "other": "C3", "kind": "payer"}),
    call("DELETE", "remove_link {link}", SELLERS),
    call("DELETE", "remove_link {other_link}", "m a s=404"),
    page("POST", "customer_files:add C1", SELLERS, files=File("a.txt", "x")),
    page("POST", "customer_files:add C2", "m a s=404", files=File("a.txt", "x")),
    page("GET", "customer_files:show {file}", ALL),
    page("GET", "customer_files:show {other_file}", NOT_OF_OTHERS),
    page("GET", "customer_files:download {file}", ALL),
    page("GET", "customer_files:download {other_file}", NOT_OF_OTHERS),
    page("POST", "customer_files:remove {file}", SELLERS),
    page("POST", "customer_files:remove {other_file}", "m a s=404"),
    call("GET", "list_files", ALL),
    call("POST", "add_file ?customer=C1&name=a.txt", SELLERS, "x", "application/octet-stream"),
    call("POST", "add_file ?customer=C2&name=a.txt", "m a s=404", "x", "application/octet-stream"),
    call("GET", "get_file {file}", ALL),
    call("GET", "get_file {other_file}", NOT_OF_OTHERS),
    call("GET", "get_file_content {file}", ALL),
    call("DELETE", "remove_file {file}", SELLERS),
    call("DELETE", "remove_file {other_file}", "m a s=404"),
    page("GET", "quality:overview", SELLERS),
    page("POST", "quality:look", MANAGERS),
    page("GET", "quality:mend phone", SELLERS),
    page("POST", "quality:mend phone", SELLERS, chosen="{odd}"),
    page("POST", "quality:undo {mending}", "m a=404 s=404"),
    call("GET", "get_quality", ALL),
    call("GET", "list_quality_scores", "r c f m a"),
    call("GET", "list_proposals phone", SELLERS),
    call("POST", "mend_values phone", "s m a", {"customers": ["C3"]}),
    call("POST", "undo_mending {mending}", "m a=404 s=404"),
    call("GET", "list_contacts", ALL),
    call("POST", "add_contact", SELLERS, {"customer": "C1", "name": "Li"}),
    call("GET", "get_contact {contact}", ALL),
    call("GET", "get_contact {other_contact}", NOT_OF_OTHERS),
    call("PATCH", "change_contact {contact}", SELLERS, {"title": "Head of buying"}),
    call("PATCH", "change_contact {other_contact}", "m a s=404", {"title": "x"}),
    call("DELETE", "leave_contact {contact}", SELLERS),
    call("DELETE", "leave_contact {other_contact}", "m a s=404"),
    page("GET", "noted_facts:note orders C1", SELLERS),
    page("POST", "noted_facts:note orders C1", SELLERS, **NOTED),
    page("POST", "noted_facts:note orders C2", "m a s=404", **NOTED),
    page("GET", "noted_facts:correct {noted}", SELLERS),
    page("POST", "noted_facts:correct {noted}", SELLERS, **NOTED),
    page("POST", "noted_facts:correct {other_noted}", "m a s=404", **NOTED),
    page("GET", "noted_facts:withdraw {noted}", SELLERS),
    page("POST", "noted_facts:withdraw {noted}", SELLERS, reason="Not theirs"),
    page("POST", "noted_facts:withdraw {other_noted}", "m a s=404", reason="Not theirs"),
    page("GET", "noted_facts:imported", SELLERS),
    page("POST", "noted_facts:keep {noted}", SELLERS),
    page("POST", "noted_facts:keep {other_noted}", "m a s=404"),
    call("GET", "list_noted", ALL),
    call("POST", "note_fact", SELLERS, {"kind": "orders", "customer": "C1", "values": NOTED}),
    call("GET", "get_noted {noted}", ALL),
    call("GET", "get_noted {other_noted}", NOT_OF_OTHERS),
    call("PATCH", "correct_fact {noted}", SELLERS, {"values": NOTED}),
    call("PATCH", "correct_fact {other_noted}", "m a s=404", {"values": NOTED}),
    call("POST", "keep_fact {noted}", SELLERS),
    call("POST", "keep_fact {other_noted}", "m a s=404"),
    call("DELETE", "withdraw_fact {noted}", SELLERS),
    call("DELETE", "withdraw_fact {other_noted}", "m a s=404"),
    call("GET", "list_activities", ALL),
    call("POST", "log_activity", SELLERS, {"kind": "visit", "customer": "C1"}),
    call("GET", "get_activity {activity}", ALL),
    call("GET", "get_activity {other_activity}", NOT_OF_OTHERS),
    call("PATCH", "correct_activity {activity}", SELLERS, {"text": "Else"}),
    call("PATCH", "correct_activity {other_activity}", "m a s=404", {"text": "Else"}),
    call("DELETE", "withdraw_activity {activity}", SELLERS),
    call("DELETE", "withdraw_activity {other_activity}", "m a s=404"),
    call("GET", "list_tasks", ALL),
    call("POST", "plan_task", SELLERS, {"customer": "C1", "due_on": "2099-01-05"}),
    call("GET", "get_task {task}", ALL),
    call("GET", "get_task {other_task}", NOT_OF_OTHERS),
    call("POST", "snooze_task {task}", SELLERS, {"until": "2099-01-05"}),
    call("POST", "snooze_task {other_task}", "m a s=404", {"until": "2099-01-05"}),
    call("POST", "reassign_task {task}", SELLERS, {"owner": "bob"}),
    call("POST", "skip_task {task}", SELLERS, REASON),
    call("POST", "finish_task {task}", SELLERS, REASON),
    call("POST", "cancel_task {task}", SELLERS, REASON),
    page("GET", "activities:today", SELLERS),
    page("GET", "activities:tasks", SELLERS),
    page("GET", "activities:calendar", SELLERS),
    page("GET", "activities:address", SELLERS),
    page("POST", "activities:address", SELLERS),
    page("GET", "activities:ical nobodys", EVERYBODY, 404),
    page("GET", "activities:choose ?q=C1", SELLERS),
    page("GET", "activities:log C1", SELLERS),
    page("POST", "activities:log C1", SELLERS, kind="call", answered="yes"),
    page("POST", "activities:log C2", "m a s=404", kind="call", answered="yes"),
    page("GET", "activities:correct {activity}", SELLERS),
    page("POST", "activities:correct {activity}", "s m a", kind="call", text="Else"),
    page("POST", "activities:correct {other_activity}", "m a s=404", kind="call", text="Else"),
    page("GET", "activities:withdraw {activity}", SELLERS),
    page("POST", "activities:withdraw {activity}", SELLERS, reason="Not theirs"),
    page("POST", "activities:withdraw {other_activity}", "m a s=404", reason="Not theirs"),
    page("GET", "activities:plan C1", SELLERS),
    page("POST", "activities:plan C1", SELLERS, kind="call", due_on="2099-01-05"),
    page("POST", "activities:plan C2", "m a s=404", kind="call", due_on="2099-01-05"),
    page("GET", "activities:snooze {task}", SELLERS),
    page("POST", "activities:snooze {task}", SELLERS, until="other", day="2099-01-05"),
    page("POST", "activities:snooze {other_task}", "m a s=404", until="other", day="2099-01-05"),
    page("GET", "activities:skip {task}", SELLERS),
    page("POST", "activities:skip {task}", SELLERS, reason="Closed"),
    page("POST", "activities:skip {other_task}", "m a s=404", reason="Closed"),
    page("GET", "activities:done {task}", SELLERS),
    page("POST", "activities:done {task}", SELLERS, reason="By post"),
    page("POST", "activities:done {other_task}", "m a s=404", reason="By post"),
    page("GET", "activities:cancel {task}", SELLERS),
    page("POST", "activities:cancel {task}", SELLERS, reason="No need"),
    page("POST", "activities:cancel {other_task}", "m a s=404", reason="No need"),
    page("GET", "activities:reassign {task}", SELLERS),
    page("POST", "activities:reassign {task}", SELLERS, owner="{bob}"),
    page("POST", "activities:reassign {other_task}", "m a s=404", owner="{bob}"),
    page("GET", "holdings:pool", SELLERS),
    page("GET", "holdings:export csv", SELLERS),
    page("GET", "holdings:pooled P1", SELLERS),
    page("POST", "holdings:claim P1", SELLERS),
    page("POST", "holdings:claim C2", "m=404 a=404 s=404"),
    page("POST", "holdings:release C1", SELLERS, reason="Not theirs"),
    page("POST", "holdings:release C2", "m a s=404", reason="Not theirs"),
    page("POST", "holdings:assign C1", MANAGERS, owner="{frank}"),
    page("GET", "holdings:falling", SELLERS),
    page("GET", "holdings:tonight", MANAGERS),
    page("POST", "holdings:stop", MANAGERS),
    page("POST", "holdings:spare C1", MANAGERS),
    page("GET", "holdings:transfers", MANAGERS),
    page("POST", "holdings:undo {transfer}", MANAGERS),
    page("GET", "holdings:handover", MANAGERS),
    page("POST", "holdings:handover", MANAGERS, leaver="{frank}"),
    page("GET", "holdings:leaves", MANAGERS),
    page(
        "POST", "holdings:leaves", MANAGERS, user="{frank}", first="2026-01-01", last="2026-01-02"
    ),
    page("POST", "holdings:leave_remove {leave}", MANAGERS),
    page("GET", "holdings:settings", MANAGERS),
    page("POST", "holdings:settings", MANAGERS, **POOL),
    page("GET", "holdings:edit {pool}", MANAGERS),
    page("POST", "holdings:edit {pool}", MANAGERS, **POOL),
    page("POST", "holdings:remove {empty_pool}", MANAGERS),
    call("GET", "get_tonight", MANAGERS),
    call("GET", "list_transfers", MANAGERS),
    call("POST", "undo_transfer {old_transfer}", "m=409 a=409"),
    call("GET", "plan_handover ?leaver={frank}&receivers={bob}", MANAGERS),
    call("POST", "hand_over", "m=422 a=422", NO_HANDOVER),
    call("GET", "list_pools", ALL),
    call("GET", "list_pooled", ALL),
    call("GET", "list_holdings C1", ALL),
    call("GET", "list_holdings C2", NOT_OF_OTHERS),
    call("POST", "claim_customer P1", SELLERS, {}),
    call("POST", "release_customer C1", SELLERS, {"reason": "Not theirs"}),
    call("POST", "release_customer C2", "m a s=404", {"reason": "Not theirs"}),
    page("GET", "audit:list", MANAGERS),
    page("GET", "audit:timeline C1", ALL),
    page("GET", "audit:timeline C2", NOT_OF_OTHERS),
    call("GET", "list_customers", ALL),
    call("GET", "get_customer C1", ALL),
    call("GET", "get_customer C2", NOT_OF_OTHERS),
    call("POST", "create_customer", SELLERS, {"name": "New customer"}),
    call("PATCH", "edit_customer C1", SELLERS, {"city": "天津"}),
    call("PATCH", "edit_customer C2", "m a s=404", {"city": "天津"}),
    call("POST", "choose_value C1", SELLERS, {"field": "city", "keep": "mine"}),
    call("POST", "choose_value C2", "m a s=404", {"field": "city", "keep": "mine"}),
    call("POST", "archive_customer C1", SELLERS, {}),
    call("POST", "archive_customer C2", "m a s=404", {}),
    call("POST", "restore_customer A1", SELLERS, {}),
    call("GET", "list_customer_classes C1", ALL),
    call("GET", "list_customer_classes C2", NOT_OF_OTHERS),
    call("GET", "explain_class C1 abc", ALL),
    call("GET", "explain_class C2 abc", NOT_OF_OTHERS),
    call("GET", "list_events", MANAGERS),
    call("GET", "list_changed_customers", SEE_ALL),
    call("GET", "list_changed_classes", SEE_ALL),
    call("GET", "list_changed_runs", SEE_ALL),
)

FORM = {"document": "{document}", "source": "form", "against": "{run}"}
SCHEMES = (
    page("GET", "grading:list", ALL),
    page("GET", "grading:detail abc", ALL),
    page("GET", "grading:busy", ALL),
    page("GET", "grading:by_hand", ALL),
    page("GET", "grading:own_pyramid abc", ALL),
    page("GET", "grading:versions abc", ALL),
    page("POST", "grading:grade abc", MANAGERS, as_of=""),
    page("POST", "grading:grade_all", MANAGERS),
    page("POST", "grading:compare_with_last_year", MANAGERS, scheme="abc"),
    page("GET", "grading:schedule abc", MANAGERS),
    page("POST", "grading:schedule abc", MANAGERS, rhythm="daily", weekday="0", day="1", hour="2"),
    page("GET", "grading:restore abc 1", MANAGERS),
    page("POST", "grading:restore abc 1", MANAGERS, reason="Better"),
    page("GET", "grading:draft abc {draft}", MANAGERS),
    page("POST", "grading:shadow abc {draft}", MANAGERS),
    page("POST", "grading:publish abc {draft}", MANAGERS, reason="Better"),
    page("POST", "grading:discard abc {draft}", MANAGERS),
    page("GET", "grading:set_by_hand abc C1", MANAGERS),
    page("POST", "grading:set_by_hand abc C1", MANAGERS, class_key="B", reason="Signed"),
    page("GET", "grading:lift {override}", MANAGERS),
    page("POST", "grading:lift {override}", MANAGERS, reason="Ended"),
    page("GET", "grading:run abc {run}", SEE_ALL),
    page("GET", "grading:progress abc {run}", ALL),
    page("GET", "grading:report abc {run}", "r f m a"),
    page("GET", "grading:moved abc {run} ?since={run}", SEE_ALL),
    page("GET", "grading:export abc {run} csv", "r f m a"),
    page("GET", "grading:picture abc {run} pyramid", SEE_ALL),
    page("GET", "grading:migration abc {run} {run}", SEE_ALL),
    page("GET", "designer:new", MANAGERS),
    page("GET", "designer:edit abc", MANAGERS),
    page("GET", "designer:draft {draft}", MANAGERS),
    page("POST", "designer:editor", MANAGERS, **FORM),
    page("POST", "designer:preview", MANAGERS, **FORM),
    page("POST", "designer:members", MANAGERS, **FORM),
    page("POST", "designer:keep", MANAGERS, **FORM, do="draft"),
)

DOCUMENT = {"document": "{new_document}"}
SIGNED = {"customer": "C3", "scheme": "abc", "class": "A", "reason": "Signed"}
SCHEME_CALLS = (
    call("GET", "list_schemes", ALL),
    call("POST", "publish_scheme", MANAGERS, DOCUMENT | REASON),
    call("POST", "check_scheme", ALL, DOCUMENT),
    call("GET", "get_scheme abc", ALL),
    call("GET", "list_versions abc", ALL),
    call("GET", "get_version abc 1", ALL),
    call("GET", "list_differences abc ?from=1", ALL),
    call("POST", "roll_back abc", MANAGERS, {"version": 1} | REASON),
    call("GET", "get_schedule abc", ALL),
    call("PUT", "set_schedule abc", MANAGERS, {"rhythm": "daily"}),
    call("GET", "get_freshness abc", ALL),
    call("GET", "list_drafts", MANAGERS),
    call("POST", "create_draft", MANAGERS, DOCUMENT),
    call("GET", "get_draft {draft}", MANAGERS),
    call("PUT", "change_draft {draft}", MANAGERS, {"document": "{wording}"}),
    call("DELETE", "discard_draft {draft}", MANAGERS),
    call("GET", "list_draft_differences {draft}", MANAGERS),
    call("POST", "try_draft {draft}", MANAGERS),
    call("POST", "publish_draft {draft}", MANAGERS, REASON),
    call("GET", "list_overrides", ALL),
    call("POST", "set_override", MANAGERS, SIGNED),
    call("GET", "report_overrides", ALL),
    call("GET", "get_override {override}", ALL),
    call("GET", "get_override {other_override}", NOT_OF_OTHERS),
    call("GET", "list_override_history {override}", ALL),
    call("GET", "list_override_history {other_override}", NOT_OF_OTHERS),
    call("POST", "lift_override {override}", MANAGERS, REASON),
    call("GET", "list_runs", ALL),
    call("POST", "request_runs", MANAGERS, {"schemes": ["abc"]}),
    call("GET", "get_run {run}", ALL),
    call("GET", "list_classes {run}", SEE_ALL),
    call("GET", "compare_runs {run} ?since={run}", SEE_ALL),
    call("GET", "list_moved {run} ?since={run}", SEE_ALL),
)

TRIAL = File("trial.csv", "customer_id,group,outcome\nC1,treated,50\nC2,holdout,20\n")
PROOF = (
    page("GET", "proof:overview", SEE_ALL),
    page("GET", "proof:readiness", ALL),  # who comes by a link is led to the overview
    page("POST", "proof:readiness", MANAGERS, attention="150"),
    page("GET", "proof:backtest", MANAGERS),
    page("POST", "proof:backtest", MANAGERS, schemes=["abc"], horizon="1m", periods="2", every="1m",
         value="sales"),
    page("GET", "proof:scorecards", ALL),
    page("POST", "proof:scorecards", MANAGERS),
    page("GET", "proof:scorecard abc", ALL),
    page("POST", "proof:scorecard abc", MANAGERS),
    page("GET", "proof:sensitivity abc", ALL),
    page("POST", "proof:sensitivity abc", MANAGERS),
    page("GET", "proof:agreement", ALL),
    page("POST", "proof:agreement", MANAGERS, first="abc", second="rfm"),
    page("GET", "proof:experiment", MANAGERS),
    page("POST", "proof:experiment", MANAGERS, file=TRIAL, scheme="abc", horizon="3m"),
    page("GET", "proof:experiment_example", MANAGERS),
    page("GET", "proof:churn", ALL),
    page("POST", "proof:churn", MANAGERS, horizon="6m"),
    page("GET", "proof:study {study}", SEE_ALL),
    page("GET", "proof:progress {study}", SEE_ALL),
    page("GET", "proof:again {study}", ALL),
    page("POST", "proof:again {study}", MANAGERS),
    page("GET", "proof:discard {study}", ALL),
    page("POST", "proof:discard {study}", MANAGERS),
    page("GET", "proof:picture {answered} gains", SEE_ALL),
    call("GET", "list_studies", SEE_ALL),
    call("GET", "get_study {study}", SEE_ALL),
    call("POST", "ask_readiness", MANAGERS, {}),
    call("POST", "ask_backtest", MANAGERS, {"schemes": ["abc"]}),
    call("POST", "ask_scorecard", MANAGERS, {"run": "{run}"}),
    call("POST", "ask_agreement", MANAGERS, {"before": "{run}", "after": "{other_run}"}),
    call("POST", "ask_sensitivity", MANAGERS, {"run": "{run}"}),
    call("POST", "ask_churn", MANAGERS, {}),
)  # fmt: skip

TABLE = "order_id,customer_id,ordered_on,amount\nW1,C4,2025-12-24,100\n"
ROW = '{"order_id": "W1", "customer_id": "C4", "ordered_on": "2025-12-24", "amount": "100"}'
COLUMNS = {"column-0": "customer_name", "column-1": "ordered_on", "column-2": "amount"}
FACTS = (
    page("GET", "imports:list", MANAGERS),
    page("GET", "imports:new", MANAGERS),
    page("POST", "imports:new", MANAGERS, files=File("orders.csv", TABLE)),
    page("GET", "imports:template orders", MANAGERS),
    page("GET", "imports:detail {checked}", MANAGERS),
    page("GET", "imports:progress {checked}", MANAGERS),
    page("POST", "imports:understand {checked}", MANAGERS, kind="orders"),
    page("POST", "imports:forget_mapping {checked}", MANAGERS),
    page("POST", "imports:mapping_state {checked}", MANAGERS, **COLUMNS),
    page("POST", "imports:check {checked}", MANAGERS, **COLUMNS),
    page("POST", "imports:decide {checked}", MANAGERS, name="repeated_lines", value="all"),
    page("GET", "imports:mend {checked}", MANAGERS),
    page("POST", "imports:mend {checked}", MANAGERS),
    page("POST", "imports:land {checked}", MANAGERS),
    page("GET", "imports:undo {landed}", MANAGERS),
    page("POST", "imports:undo {landed}", MANAGERS),
    page("POST", "imports:remove {checked}", MANAGERS),
    page("GET", "imports:source {checked}", MANAGERS),
    page("GET", "imports:rejections {checked} csv", MANAGERS),
    call("GET", "list_facts orders", ALL),
    call("POST", "send_facts orders", MANAGERS, f"[{ROW}]"),
    call("POST", "cancel_fact orders O5", MANAGERS),
    call("DELETE", "remove_fact orders O5", MANAGERS),
    call("POST", "send_csv orders", MANAGERS, TABLE, "text/csv"),
    call("POST", "send_ndjson orders", MANAGERS, ROW, "application/x-ndjson"),
    call("GET", "list_batches", MANAGERS),
    call("GET", "get_batch {batch}", MANAGERS),
    call("DELETE", "undo_batch {batch}", MANAGERS),
    call("GET", "list_rejections {batch}", MANAGERS),
    call("GET", "list_writes", MANAGERS),
    call("GET", "get_write {write}", MANAGERS),
)

KEPT = {"company": "", "currency": "CNY", "timezone": "Asia/Shanghai", "fiscal_year_start": "1",
        "language": "any", "backup_hour": "2", "backups_kept": "7", "versions_kept": "30",
        "runs_kept": "20"}  # fmt: skip
INSTALLATION = (
    page("GET", "operations:settings", ADMINS),
    page("POST", "operations:settings", ADMINS, **KEPT),
    page("POST", "operations:back_up", ADMINS),
    call("GET", "list_days", ALL),
    call("GET", "get_hours", ALL),
    call("PUT", "set_hours", ADMINS, {"hours": ["9:00–18:00"] * 5 + ["", ""]}),
    call("PUT", "set_day 2026-03-02", ADMINS, {"worked": False}),
    call("POST", "take_over_year 2026", ADMINS),
    page("GET", "workdays:settings", ADMINS),
    page("POST", "workdays:settings", ADMINS, day0="9:00–18:00"),
    page("POST", "workdays:day", ADMINS, day="2026-03-02"),
    page("POST", "workdays:import_year", ADMINS, year="2026"),
    page("GET", "privacy:register", MANAGERS),
    page("GET", "privacy:found C1", MANAGERS),
    page("GET", "privacy:disclose C1", MANAGERS),
    page("GET", "privacy:customer C1", MANAGERS),
    page("POST", "privacy:customer C1", MANAGERS, reason="Asked", typed="C1"),
    call("GET", "get_health", EVERYBODY),
    call("GET", "list_erasures", MANAGERS),
    call("POST", "create_erasure", MANAGERS, {"customer": "C1", "confirm": "C1"} | REASON),
    call("GET", "get_disclosure C1", MANAGERS),
    page("GET", "api:openapi-json", EVERYBODY),
    page("GET", "api:openapi-view", ALL),
    page("GET", "api:api-root", EVERYBODY, 404),
)

COLLECTORS = "s f m a"
NEAR = {"amount": "10.00", "due_on": localdate().isoformat()}
RECEIVABLES = (
    page("GET", "receivables:ageing", ALL),
    page("GET", "receivables:invoices", ALL),
    page("GET", "receivables:export csv", "r s f m a"),
    page("GET", "receivables:promises", ALL),
    page("GET", "receivables:statement C1 csv", "r s f m a"),
    page("GET", "receivables:statement C2 csv", "r f m a s=404"),
    page("GET", "receivables:promise C1", COLLECTORS),
    page("POST", "receivables:promise C1", COLLECTORS, **NEAR),
    page("POST", "receivables:promise C2", "f m a s=404", **NEAR),
    page("POST", "receivables:withdraw {promise}", COLLECTORS),
    page("POST", "receivables:withdraw {other_promise}", "f m a s=404"),
    page("GET", "receivables:dispute C1", COLLECTORS),
    page("POST", "receivables:dispute C1", COLLECTORS, number="i1", reason="Broken"),
    page("POST", "receivables:dispute C2", "f m a s=404", number="i1", reason="Broken"),
    page("GET", "receivables:settle {dispute}", COLLECTORS),
    page("POST", "receivables:settle {dispute}", COLLECTORS, outcome="Credit note"),
    page("POST", "receivables:settle {other_dispute}", "f m a s=404", outcome="Credit note"),
    call("GET", "get_ageing", ALL),
    call("GET", "list_open_invoices", ALL),
    call("GET", "list_promises", ALL),
    call("POST", "add_promise", COLLECTORS, {"customer": "C1", **NEAR}),
    call("DELETE", "withdraw_promise {promise}", COLLECTORS),
    call("DELETE", "withdraw_promise {other_promise}", "f m a s=404"),
    call("GET", "list_disputes", ALL),
    call("POST", "add_dispute", COLLECTORS, {"customer": "C1", "number": "i1", "reason": "Broken"}),
    call("DELETE", "settle_dispute {dispute}?outcome=Paid", COLLECTORS),
    call("DELETE", "settle_dispute {other_dispute}?outcome=Paid", "f m a s=404"),
)

RULES = (
    call("GET", "list_rules", ALL),
    call("GET", "get_rules contact_gap", MANAGERS),
    call("GET", "list_rule_versions contact_gap", MANAGERS),
    call("GET", "preview_rules contact_gap", MANAGERS),
    call("PUT", "save_rules contact_gap", MANAGERS, {"rules": []}),
    call("DELETE", "discard_rules contact_gap", MANAGERS),
    call("POST", "publish_rules contact_gap", MANAGERS, {"reason": "Better"}),
    call("POST", "roll_back_rules contact_gap 1", MANAGERS, {"reason": "Better"}),
    call("GET", "list_rule_questions", ALL),
    call("POST", "decide_rule_question {confirmation}", MANAGERS, {"decision": "go"}),
    page("GET", "rules:list", MANAGERS),
    page("GET", "rules:detail contact_gap", MANAGERS),
    page("POST", "rules:begin contact_gap", MANAGERS),
    page("GET", "rules:draft contact_gap", MANAGERS),
    page("POST", "rules:draft contact_gap", MANAGERS),
    page("GET", "rules:preview contact_gap", MANAGERS),
    page("POST", "rules:publish contact_gap", MANAGERS, reason="Better"),
    page("POST", "rules:discard contact_gap", MANAGERS),
    page("POST", "rules:roll_back contact_gap 1", MANAGERS, reason="Better"),
    page("POST", "rules:decide {confirmation} go", MANAGERS),
)

LINES = (
    *HOME,
    *TEAM,
    *CUSTOMERS,
    *SCHEMES,
    *SCHEME_CALLS,
    *PROOF,
    *FACTS,
    *RECEIVABLES,
    *RULES,
    *INSTALLATION,
)

"""A server on this machine that speaks the customer tags of WeCom as documented."""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

CORP, SECRET = "ww1", "s-1"
PATH = "/cgi-bin/externalcontact/"


class WeCom(HTTPServer):
    """Its tags in `groups` by name, those of `contacts` by member and customer, and every `call`.

    `errors` are error codes that calls answer instead of carrying it out, by the call.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.groups = {"别的组": {"et-other": "老友"}}
        self.contacts = {}
        self.calls, self.errors = [], defaultdict(list)
        self.token = self.tag = 0
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def made(self, name):
        return [given for call, given in self.calls if call == name]

    def gettoken(self, asked):
        if (asked["corpid"], asked["corpsecret"]) != ([CORP], [SECRET]):
            return {"errcode": 40001, "errmsg": "invalid credential"}
        self.token += 1
        return fine(access_token=f"t{self.token}", expires_in=7200)

    def get_corp_tag_list(self, _given):
        listed = [
            {"group_id": f"id-{name}", "group_name": name, "create_time": 1557838797, "order": 1,
             "tag": [{"id": pk, "name": tag, "create_time": 1557838797, "order": 1}
                     for pk, tag in tags.items()]}
            for name, tags in self.groups.items()
        ]  # fmt: skip
        return fine(tag_group=listed)

    def add_corp_tag(self, given):
        name = given.get("group_name") or given["group_id"].removeprefix("id-")
        tags = self.groups.setdefault(name, {})
        new = {f"et-{self.tag + n}": one["name"] for n, one in enumerate(given["tag"])}
        self.tag += len(new)
        if set(new.values()) & set(tags.values()):
            return {"errcode": 40071, "errmsg": "invalid tag name"}
        tags |= new
        made = [{"id": pk, "name": tag, "create_time": 1, "order": 0} for pk, tag in new.items()]
        return fine(tag_group={"group_id": f"id-{name}", "group_name": name, "tag": made})

    def mark_tag(self, given):
        tags = self.contacts.get((given["userid"], given["external_userid"]))
        if tags is None:
            return {"errcode": 84061, "errmsg": "not external contact"}
        known = {pk for group in self.groups.values() for pk in group}
        add, remove = given.get("add_tag", []), given.get("remove_tag", [])
        if not add and not remove:
            return {"errcode": 40058, "errmsg": "invalid argument"}
        if {*add, *remove} - known:
            return {"errcode": 40068, "errmsg": "invalid tagid"}
        tags |= set(add)
        tags -= set(remove)
        return fine()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        self.answer("gettoken", parse_qs(parts.query))

    def do_POST(self):
        parts = urlsplit(self.path)
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if parse_qs(parts.query)["access_token"] != [f"t{self.server.token}"]:
            self.write({"errcode": 40014, "errmsg": "invalid access_token"})
        else:
            assert parts.path.startswith(PATH)
            self.answer(parts.path.removeprefix(PATH), given)

    def answer(self, call, given):
        self.server.calls.append((call, given))
        errors = self.server.errors[call]
        if code := errors.pop(0) if errors else 0:
            self.write({"errcode": code, "errmsg": "as told"})
        else:
            self.write(getattr(self.server, call)(given))

    def write(self, told):
        body = json.dumps(told, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_about):
        pass


def fine(**told):
    return {"errcode": 0, "errmsg": "ok", **told}

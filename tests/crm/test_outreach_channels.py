"""Providers of messages: signatures as they document them, and their formats on the wire.

The golden signatures are the worked examples of the documentation:
- Tencent Cloud, https://cloud.tencent.com/document/api/213/30654 (the key pair of its example)
- Aliyun, https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature,
  "固定参数示例"
DingTalk and Feishu document code without a result; it is repeated here as they print it.
"""

import base64
import hashlib
import hmac
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from kefen_crm.outreach import signing
from kefen_crm.outreach.channels import hand_over
from kefen_crm.outreach.models import Message, Sender, Template, TemplateVersion

NOTHING = hashlib.sha256(b"").hexdigest()


def test_signatures_are_those_of_the_documentation():
    payload = (
        rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    )
    tencent = signing.tc3(
        "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        service="cvm",
        host="cvm.tencentcloudapi.com",
        payload=payload,
        timestamp=1551113065,
    )
    assert tencent == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/"
        "tc3_request, SignedHeaders=content-type;host, Signature="
        "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )
    aliyun = signing.acs3(
        "YourAccessKeyId",
        "YourAccessKeySecret",
        query={
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        },
        headers={
            "x-acs-version": "2014-05-26",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-content-sha256": NOTHING,
            "x-acs-action": "RunInstances",
            "host": "ecs.cn-shanghai.aliyuncs.com",
        },
        body=b"",
    )
    assert aliyun == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    # https://open.dingtalk.com/document/robots/customize-robot-security-settings
    timestamp, secret = "1577262236757", "this is secret"
    string_to_sign = f"{timestamp}\n{secret}"
    code = hmac.new(secret.encode(), string_to_sign.encode(), digestmod=hashlib.sha256).digest()
    sign = urllib.parse.quote_plus(base64.b64encode(code))
    assert signing.dingtalk(secret, int(timestamp)) == f"timestamp={timestamp}&sign={sign}"
    # https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
    string_to_sign = "{}\n{}".format("1599360473", "demo")
    code = hmac.new(string_to_sign.encode("utf-8"), digestmod=hashlib.sha256).digest()
    assert signing.feishu("demo", 1599360473) == base64.b64encode(code).decode("utf-8")


@pytest.fixture
def gateway(settings):
    """A provider on this machine; `answers` are its next statuses and bodies."""
    settings.KEFEN_WEBHOOKS_PRIVATE = True

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.had.append((self.path, dict(self.headers), body))
            status, answer = self.server.answers.pop(0)
            if status is None:  # the line is cut before the answer
                self.connection.close()
                return
            text = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_about):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.had, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def message():
    template = Template(name="SMS", channel="sms")
    words = TemplateVersion(
        template=template, number=1, body_zh="{contact}您好，{since}", provider_code="SMS_1"
    )
    return Message(
        pk=7,
        key="k7",
        wording=words,
        channel="sms",
        address="+8613900010001",
        body="李女士您好，2020",
        values={"language": "zh", "contact": "李女士", "since": "2020"},
    )


def asked(gateway, kind, answers, path="", **more):
    """What comes of a message by a kind of sender for each answer, and what was posted last."""
    sender = Sender(kind=kind, url=gateway.url + path, account="id", secret="s3", **more)
    gateway.answers = list(answers)
    states = [hand_over(message(), sender) for _ in answers]
    return [(one.state, one.provider_id or one.why) for one in states], gateway.had[-1]


def test_tencent_is_spoken_to_as_documented(gateway):
    fine = {"SerialNo": "5000:1", "PhoneNumber": "+8613900010001", "Code": "Ok", "Message": "x"}
    bad = fine | {"SerialNo": "", "Code": "FailedOperation.PhoneNumberInBlacklist"}
    answers = [
        (200, {"Response": {"SendStatusSet": [bad], "RequestId": "r"}}),
        (200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "x"}}}),
        (200, {"Response": {"Error": {"Code": "RequestLimitExceeded", "Message": "x"}}}),
        (502, "<html>"),
        (200, "<html>"),
        (None, ""),
        (200, {"Response": {"SendStatusSet": [fine], "RequestId": "r"}}),
    ]
    options = {"app": "1400006666", "signature": "明达"}
    states, (path, headers, body) = asked(gateway, "tencent", answers, options=options)
    assert states == [
        ("failed", "FailedOperation.PhoneNumberInBlacklist"),
        ("failed", "AuthFailure.SignatureFailure"),
        ("queued", "RequestLimitExceeded"),
        ("unknown", "502"),
        ("unknown", "200"),
        ("unknown", "unreachable"),
        ("sent", "5000:1"),
    ]
    assert (path, headers["X-TC-Action"], headers["X-TC-Version"]) == (
        *("/", "SendSms", "2021-01-11"),
    )
    assert json.loads(body) == {
        "PhoneNumberSet": ["+8613900010001"],
        "SmsSdkAppId": "1400006666",
        "SignName": "明达",
        "TemplateId": "SMS_1",
        "TemplateParamSet": ["李女士", "2020"],
    }
    assert headers["Authorization"] == signing.tc3(
        "id",
        "s3",
        service="sms",
        host=headers["Host"],
        payload=body,
        timestamp=int(headers["X-TC-Timestamp"]),
    )


def test_aliyun_is_spoken_to_as_documented(gateway):
    answers = [
        (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "x", "RequestId": "r"}),
        (400, {"Code": "Throttling.User", "Message": "x"}),
        (200, {"Code": "OK", "Message": "OK", "BizId": "9006^0", "RequestId": "r"}),
    ]
    options = {"signature": "明达"}
    states, (path, headers, body) = asked(gateway, "aliyun", answers, options=options)
    assert states == [
        ("failed", "isv.MOBILE_NUMBER_ILLEGAL"),
        ("queued", "Throttling.User"),
        ("sent", "9006^0"),
    ]
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
    assert query == {
        "PhoneNumbers": "+8613900010001",
        "SignName": "明达",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"contact": "李女士", "since": "2020"}',
        "OutId": "7",
    }
    names = [
        *("host", "x-acs-action", "x-acs-version", "x-acs-date"),
        *("x-acs-signature-nonce", "x-acs-content-sha256"),
    ]
    told = {name.lower(): value for name, value in headers.items()}
    signed = {name: told[name] for name in names}
    assert (body, signed["x-acs-action"], signed["x-acs-version"]) == (b"", "SendSms", "2017-05-25")
    again = signing.acs3("id", "s3", query=query, headers=signed, body=b"")
    assert headers["Authorization"] == again


def test_gateways_and_robots_are_spoken_to_as_documented(gateway):
    answers = [(500, ""), (422, "no"), (429, ""), (200, ""), (202, {"id": "m1"})]
    states, (_path, headers, body) = asked(gateway, "http", answers, "send?x=1")
    assert states == [
        *(("unknown", "500"), ("failed", "422"), ("queued", "429"), ("sent", ""), ("sent", "m1")),
    ]
    assert json.loads(body) == {"key": "k7", "to": "+8613900010001", "text": "李女士您好，2020"}
    signature = hmac.new(b"s3", body, hashlib.sha256).hexdigest()
    assert headers["X-Signature"] == f"sha256={signature}"
    refused, fine = (200, {"errcode": 310000, "errmsg": "sign not match"}), (200, {"errcode": 0})
    text = {"msgtype": "text", "text": {"content": "李女士您好，2020"}}
    states, (path, _headers, body) = asked(gateway, "dingtalk", [refused, fine], "r?access_token=t")
    assert states == [("failed", "310000"), ("sent", "")]
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
    milliseconds = int(query["timestamp"])
    assert len(query["timestamp"]) == 13
    assert path == f"/r?access_token=t&{signing.dingtalk('s3', milliseconds)}"
    assert json.loads(body) == text
    states, (_path, _headers, body) = asked(gateway, "wecom", [fine], "r?key=t")
    assert (states, json.loads(body)) == ([("sent", "")], text)
    states, (_path, _headers, body) = asked(gateway, "feishu", [(200, {"code": 0})], "hook")
    told = json.loads(body)
    assert states == [("sent", "")]
    assert told.pop("sign") == signing.feishu("s3", int(told["timestamp"]))
    assert len(told.pop("timestamp")) == 10
    assert told == {"msg_type": "text", "content": {"text": "李女士您好，2020"}}


def test_no_machine_of_the_own_network_is_spoken_to(gateway, settings):
    settings.KEFEN_WEBHOOKS_PRIVATE = False
    sender = Sender(kind="http", url=gateway.url)
    outcome = hand_over(message(), sender)
    assert (outcome.state, outcome.why, gateway.had) == ("queued", "private", [])

"""Hands one message to the provider of its channel, in the provider's own format.

Whatever may have arrived without an answer is `UNKNOWN`: nobody sends it again by itself.

- Tencent SendSms 2021-01-11: https://cloud.tencent.com/document/product/382/55981
- Aliyun SendSms 2017-05-25: https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
- WeCom robots: https://developer.work.weixin.qq.com/document/path/91770
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from smtplib import (
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefen_crm.contacts.wording import fields_of
from kefen_crm.outreach import signing
from kefen_crm.outreach.models import Channel, Message, Sender
from kefen_crm.outreach.wording import as_html
from kefen_crm.webhooks.posting import post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kefen_crm.webhooks.posting import Answer

State = Message.State
MOST: Final = 65_536
"""Bytes of an answer that are read."""
ADDRESSES: Final = {
    Sender.Kind.TENCENT: "https://sms.tencentcloudapi.com/",
    Sender.Kind.ALIYUN: "https://dysmsapi.aliyuncs.com/",
}
_BUSY: Final = range(400, 500)
"""SMTP answers that say to come again."""


@dataclass(frozen=True)
class Outcome:
    """What came of a message; `queued` says that the provider did not take it yet.

    Attributes:
        why: the provider's word for what went wrong.
    """

    state: Message.State
    provider_id: str = ""
    why: str = ""


def hand_over(message: Message, sender: Sender, unsubscribe: str = "") -> Outcome:
    """Hand a message to its provider; `unsubscribe` is where the customer ends such mails."""
    return _KINDS[Sender.Kind(sender.kind)](message, sender, unsubscribe)


def mail_of(message: Message, unsubscribe: str) -> EmailMultiAlternatives:
    """The mail as it is sent, with the headers of RFC 8058 where it can be unsubscribed from."""
    text, headers = message.body, {"Auto-Submitted": "auto-generated"}
    if unsubscribe:
        language = "zh-hans" if message.values.get("language") == "zh" else "en"
        with translation.override(language):
            told = _("To get no more of these mails: %(place)s") % {"place": unsubscribe}
        text = f"{text}\n\n--\n{told}"
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers["Message-ID"] = message_id(message)
    mail = EmailMultiAlternatives(message.subject, text, to=[message.address], headers=headers)
    mail.attach_alternative(as_html(text), "text/html")
    return mail


def message_id(message: Message) -> str:
    """The header `Message-ID` of a mail, which reports of its coming back name."""
    host = urlsplit(settings.KEFEN_URL).hostname or "kefen.local"
    name = hashlib.sha256(f"{settings.SECRET_KEY}/{message.key}".encode()).hexdigest()[:32]
    return f"<{name}@{host}>"


def _smtp(message: Message, sender: Sender, unsubscribe: str) -> Outcome:  # noqa: ARG001  # as of the others
    mail, given = mail_of(message, unsubscribe), message_id(message)
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:  # nothing was said of the message yet
        return Outcome(State.QUEUED, why=type(error).__name__)
    try:
        connection.send_messages([mail])
    except SMTPServerDisconnected as error:
        return Outcome(State.UNKNOWN, given, type(error).__name__)
    except SMTPRecipientsRefused as error:
        [(code, told), *_more] = error.recipients.values()
        if code in _BUSY:
            return Outcome(State.QUEUED, why=str(code))
        return Outcome(State.BOUNCED, given, f"{code} {told!r}"[:200])
    except (SMTPSenderRefused, SMTPConnectError, SMTPHeloError) as error:
        return Outcome(State.QUEUED, why=str(error.smtp_code))
    except SMTPResponseException as error:
        state = State.QUEUED if error.smtp_code in _BUSY else State.FAILED
        return Outcome(state, given, str(error.smtp_code))
    except (SMTPException, OSError) as error:
        return Outcome(State.UNKNOWN, given, type(error).__name__)
    finally:
        connection.close()
    return Outcome(State.SENT, given)


def _tencent(message: Message, sender: Sender, _unsubscribe: str) -> Outcome:
    """Answers `Code` "Ok" for each number, or an `Error` for the request."""
    url = sender.url or ADDRESSES[Sender.Kind.TENCENT]
    host, now = urlsplit(url).netloc, int(timezone.now().timestamp())
    payload = _json(
        {
            "PhoneNumberSet": [message.address],
            "SmsSdkAppId": sender.options.get("app", ""),
            "SignName": sender.options.get("signature", ""),
            "TemplateId": message.wording.provider_code,
            "TemplateParamSet": list(_parameters(message).values()),
        }
    )
    signed = signing.tc3(
        sender.account, sender.secret, service="sms", host=host, payload=payload, timestamp=now
    )
    headers = {
        "Authorization": signed,
        "Content-Type": signing.JSON,
        "Host": host,
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Timestamp": str(now),
        "X-TC-Region": sender.options.get("region", "ap-guangzhou"),
    }
    answer = post(url, payload, headers, read=MOST)

    def read(body: Mapping[str, Any]) -> Outcome:
        response = body["Response"]
        if error := response.get("Error"):
            return _refused(str(error["Code"]), busy="RequestLimitExceeded" in error["Code"])
        [status] = response["SendStatusSet"]
        if status["Code"] == "Ok":
            return Outcome(State.SENT, str(status["SerialNo"]))
        return _refused(str(status["Code"]), busy=False)

    return _of(answer, read)


def _aliyun(message: Message, sender: Sender, _unsubscribe: str) -> Outcome:
    """Answers `Code` "OK" and a `BizId`."""
    url = sender.url or ADDRESSES[Sender.Kind.ALIYUN]
    host = urlsplit(url).netloc
    query = {
        "PhoneNumbers": message.address,
        "SignName": sender.options.get("signature", ""),
        "TemplateCode": message.wording.provider_code,
        "TemplateParam": _json(_parameters(message)).decode(),
        "OutId": str(message.pk),
    }
    headers = {
        "host": host,
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    signed = signing.acs3(sender.account, sender.secret, query=query, headers=headers, body=b"")
    place = f"{url}?{signing.canonical(query)}"
    answer = post(place, b"", headers | {"Authorization": signed}, read=MOST)

    def read(body: Mapping[str, Any]) -> Outcome:
        code = str(body["Code"])
        if code == "OK":
            return Outcome(State.SENT, str(body["BizId"]))
        return _refused(code, busy=code.startswith("Throttling"))

    return _of(answer, read)


def _http(message: Message, sender: Sender, _unsubscribe: str) -> Outcome:
    """Any gateway: JSON with the number and the text; the answer may name an `id`.

    With a secret, `X-Signature` is the HMAC-SHA256 of the body in hexadecimal digits.
    """
    body = _json({"key": message.key, "to": message.address, "text": message.body})
    headers = {"Content-Type": signing.JSON}
    if sender.secret:
        signature = signing.hmac256(sender.secret.encode(), body.decode()).hex()
        headers["X-Signature"] = f"sha256={signature}"
    answer = post(sender.url, body, headers, read=MOST)
    if answer.fine:
        try:
            given = json.loads(answer.body or b"{}")
            return Outcome(State.SENT, str(given.get("id", "")))
        except (ValueError, AttributeError):
            return Outcome(State.SENT)
    return _of(answer, lambda _body: Outcome(State.FAILED, why=str(answer.status)))


def _wecom(message: Message, sender: Sender, _unsubscribe: str) -> Outcome:
    return _robot(sender.url, {"msgtype": "text", "text": {"content": message.body}}, "errcode")


def _dingtalk(message: Message, sender: Sender, _unsubscribe: str) -> Outcome:
    url = sender.url
    if sender.secret:
        now = int(timezone.now().timestamp() * 1000)
        url += ("&" if "?" in url else "?") + signing.dingtalk(sender.secret, now)
    return _robot(url, {"msgtype": "text", "text": {"content": message.body}}, "errcode")


def _feishu(message: Message, sender: Sender, _unsubscribe: str) -> Outcome:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": message.body}}
    if sender.secret:
        now = int(timezone.now().timestamp())
        body = {"timestamp": str(now), "sign": signing.feishu(sender.secret, now)} | body
    return _robot(sender.url, body, "code")


def _robot(url: str, body: Mapping[str, Any], code: str) -> Outcome:
    """Post to a robot, whose answer says 0 in `code`."""
    answer = post(url, _json(body), {"Content-Type": signing.JSON}, read=MOST)

    def read(found: Mapping[str, Any]) -> Outcome:
        number = found[code]
        return Outcome(State.SENT) if number == 0 else Outcome(State.FAILED, why=str(number))

    return _of(answer, read)


def _of(answer: Answer, read: Callable[[Mapping[str, Any]], Outcome]) -> Outcome:
    """What an answer comes to; none after the request began is unknown, as is a broken one."""
    if answer.status is None:
        state = State.UNKNOWN if answer.begun else State.QUEUED
        return Outcome(state, why=answer.error)
    if answer.status == 429:
        return Outcome(State.QUEUED, why="429")
    if answer.status >= 500:
        return Outcome(State.UNKNOWN, why=str(answer.status))
    try:
        return read(json.loads(answer.body))
    except (ValueError, KeyError, TypeError):
        state = State.UNKNOWN if answer.fine else State.FAILED
        return Outcome(state, why=str(answer.status))


def _refused(code: str, *, busy: bool) -> Outcome:
    return Outcome(State.QUEUED if busy else State.FAILED, why=code[:200])


def _parameters(message: Message) -> dict[str, str]:
    """The fields of the words with their values, in their order, as SMS providers fill them."""
    language = message.values.get("language", "zh")
    names = fields_of(message.wording.of(language)[1])
    return {name: str(message.values.get(name, "")) for name in names}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


_KINDS: Final[dict[Sender.Kind, Callable[[Message, Sender, str], Outcome]]] = {
    Sender.Kind.SMTP: _smtp,
    Sender.Kind.TENCENT: _tencent,
    Sender.Kind.ALIYUN: _aliyun,
    Sender.Kind.HTTP: _http,
    Sender.Kind.WECOM: _wecom,
    Sender.Kind.DINGTALK: _dingtalk,
    Sender.Kind.FEISHU: _feishu,
}


def sender_of(channel: str) -> Sender | None:
    """Who sends the messages of a channel; mail goes by the installation's server by default."""
    found = Sender.objects.filter(channel=channel, active=True).first()
    if found is None and channel == Channel.EMAIL and settings.EMAIL_HOST:
        return Sender(kind=Sender.Kind.SMTP, channel=Channel.EMAIL)
    return found

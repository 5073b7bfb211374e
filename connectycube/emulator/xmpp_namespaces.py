"""The namespaces that the chat is written in."""

from __future__ import annotations

from typing import Final

CLIENT: Final = "jabber:client"
STREAMS: Final = "http://etherx.jabber.org/streams"
STREAM_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-streams"
STANZA_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
FRAMING: Final = "urn:ietf:params:xml:ns:xmpp-framing"
SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
SESSION: Final = "urn:ietf:params:xml:ns:xmpp-session"
MANAGEMENT: Final = "urn:xmpp:sm:3"

CARBONS: Final = "urn:xmpp:carbons:2"
FORWARD: Final = "urn:xmpp:forward:0"
DELAY: Final = "urn:xmpp:delay"
CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"
MARKERS: Final = "urn:xmpp:chat-markers:0"
CORRECT: Final = "urn:xmpp:message-correct:0"
DELETE: Final = "urn:xmpp:message-delete:0"
DESTROY: Final = "urn:xmpp:message-destroy-after:0"

MUC: Final = "http://jabber.org/protocol/muc"
MUC_USER: Final = "http://jabber.org/protocol/muc#user"
DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"
DISCO_ITEMS: Final = "http://jabber.org/protocol/disco#items"
PING: Final = "urn:xmpp:ping"
LAST: Final = "jabber:iq:last"
STATUS: Final = "https://connectycube.com/protocol/status_streaming"
MOBILE: Final = "http://tigase.org/protocol/mobile#v2"
ROSTER: Final = "jabber:iq:roster"
PRIVACY: Final = "jabber:iq:privacy"

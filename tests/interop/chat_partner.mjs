// A party of the scripted conversation: `tests/chat_script` says what it says and hears.
//
// Each line of the input is a call, {id, call, args}, and each line of the output is an answer to
// one, {id, value} or {id, error}, or something heard, {kind, ...}. The end of the input is the end.

import { createInterface } from 'node:readline';

import { ConnectyCube, given, start } from './stage.mjs';

const { domain, websocket, userId, password } = given;
const CALL = 'WebRTCVideoChat';
// What is not the sender's own, as our partner has it.
const OWN = ['attachments', 'date_sent', 'dialog_id', 'save_to_history', 'silent'];

start({}, {
  endpoints: { chat: domain },
  chatProtocol: { websocket, active: 2 },
  chat: { streamManagement: { enable: true }, reconnect: { enable: false } },
});

const { chat } = ConnectyCube;

function tell(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function paramsOf(extension, others = OWN) {
  const own = Object.entries(extension ?? {}).filter(([name]) => !others.includes(name));
  return Object.fromEntries(own);
}

function textsOf(members) {
  const texts = Object.entries(members).map(([name, value]) => [
    name, value !== null && typeof value === 'object' ? textsOf(value) : `${value}`,
  ]);
  return Object.fromEntries(texts);
}

// The SDK has lists where the wire has an element of elements.
function withLists({ iceCandidates, opponentsIDs, ...others }) {
  return {
    ...others,
    ...(iceCandidates && { iceCandidates: iceCandidates.iceCandidate }),
    ...(opponentsIDs && { opponentsIDs: opponentsIDs.opponentID }),
  };
}

function withElements({ iceCandidates, opponentsIDs, ...others }) {
  return {
    ...textsOf(others),
    ...(iceCandidates && { iceCandidates: { iceCandidate: iceCandidates.map(textsOf) } }),
    ...(opponentsIDs && { opponentsIDs: { opponentID: opponentsIDs.map(String) } }),
  };
}

function heardMark(kind) {
  return (id, dialogId, from) => tell({ kind, id, user_id: from, dialog_id: dialogId });
}

function listOf(one) {
  return one === undefined ? [] : [one];
}

Object.assign(chat, {
  onMessageListener: (from, message) => tell({
    kind: 'message',
    id: message.id,
    user_id: from,
    dialog_id: message.dialog_id,
    is_group: message.type === 'groupchat',
    is_carbon: message.is_forwarded,
    body: message.body ?? '',
    params: paramsOf(message.extension),
    attachments: (message.extension?.attachments ?? []).map(textsOf),
  }),
  onSentMessageCallback: (lost, sent) => tell({ kind: sent ? 'sent' : 'lost', id: (sent ?? lost).id }),
  onMessageErrorListener: (id, { code }) => tell({ kind: 'refused', id, code }),
  onDeliveredStatusListener: heardMark('delivered'),
  onReadStatusListener: heardMark('read'),
  onMessageTypingListener: (isTyping, from, dialogId) => tell({
    kind: 'typing', user_id: from, dialog_id: dialogId, is_typing: isTyping,
  }),
  onMessageUpdateListener: (id, isLast, body, dialogId, from, extension) => tell({
    kind: 'edited', id, user_id: from, dialog_id: dialogId, body, is_last: isLast,
    params: paramsOf(extension),
  }),
  onMessageDeleteListener: (id, dialogId, from) => tell({
    kind: 'deleted', id, user_id: from, dialog_id: dialogId,
  }),
  onMessageReactionsListener: (id, from, dialogId, added, removed) => tell({
    kind: 'reacted', id, user_id: from, dialog_id: dialogId, added: listOf(added),
    removed: listOf(removed),
  }),
  onSystemMessageListener: ({ id, userId: from, body, extension }) => tell({
    kind: 'system', id, user_id: from, body: body ?? '', params: paramsOf(extension, []),
  }),
  onJoinOccupant: (dialogId, from) => tell({ kind: 'joined', dialog_id: dialogId, user_id: from }),
  onLeaveOccupant: (dialogId, from) => tell({ kind: 'left', dialog_id: dialogId, user_id: from }),
  onKickOccupant: (dialogId, by) => tell({ kind: 'kicked', dialog_id: dialogId, by_id: by }),
  onLastUserActivityListener: (from, seconds) => tell({ kind: 'activity', user_id: from, seconds }),
  // Node has no WebRTC, which would be the SDK's own listener here.
  webrtcSignalingProcessor: {
    onMessage(from, extension) {
      // Each signal comes twice: read, and then as the element that it was.
      if (extension.signalType === undefined) return;
      const { signalType: type, sessionID: session, moduleIdentifier, ...params } = extension;
      const said = { type, session_id: session, params: withElements(params) };
      tell({ kind: 'signal', user_id: from, ...said });
    },
  },
});

const calls = {
  async connect() {
    await chat.connect({ userId, password });
    // It is connected before messages are counted and copied.
    await chat.ping();
  },
  send({ target, dialogId, body, params, attachments }) {
    const extension = { ...params, attachments, dialog_id: dialogId, save_to_history: 1 };
    const type = typeof target === 'number' ? 'chat' : 'groupchat';
    return chat.send(target, { type, ...(body === null ? {} : { body }), extension });
  },
  typing({ target, isTyping }) {
    if (isTyping) chat.sendIsTypingStatus(target);
    else chat.sendIsStopTypingStatus(target);
  },
  markRead(status) {
    chat.sendReadStatus(status);
  },
  edit({ target, dialogId, id, body, isLast, params }) {
    const edited = { to: target, dialogId, originMessageId: id, body, last: isLast };
    chat.editMessage({ ...edited, extension: params });
  },
  remove({ target, dialogId, id }) {
    chat.deleteMessage({ to: target, dialogId, messageId: id });
  },
  sendSystem({ userId: to, params, body }) {
    return chat.sendSystemMessage(to, { ...(body === null ? {} : { body }), extension: params });
  },
  sendSignal({ userId: to, type, session, params }) {
    const named = { moduleIdentifier: CALL, signalType: type, sessionID: session };
    chat.sendWebRTCSignalingMessage(to, { extension: { ...named, ...withLists(params) } });
  },
  // What the SDK promises of joining and leaving is never kept; a ping is answered after them.
  async join({ dialogId }) {
    chat.muc.join(dialogId);
    await chat.ping();
  },
  async leave({ dialogId }) {
    chat.muc.leave(dialogId);
    await chat.ping();
  },
  occupants: ({ dialogId }) => chat.muc.listOnlineUsers(dialogId),
  ping: () => chat.ping(),
  async lastActivity({ userId: whose }) {
    return (await chat.getLastUserActivity(whose)).seconds;
  },
  async watch({ userId: whose, enable }) {
    if (enable) chat.subscribeToUserLastActivityStatus(whose);
    else chat.unsubscribeFromUserLastActivityStatus(whose);
    await chat.ping();
  },
  async setActive({ isActive }) {
    if (isActive) chat.markActive();
    else chat.markInactive();
    await chat.ping();
  },
  async block({ name, userId: whom, isMutual }) {
    const items = [{ user_id: whom, action: 'deny', mutualBlock: isMutual }];
    await chat.privacylist.create({ name, items });
    await chat.privacylist.setAsDefault(name);
  },
  async blocked({ name }) {
    const { items } = await chat.privacylist.getList(name);
    return items.filter(({ action }) => action === 'deny').map(({ user_id: whom }) => whom);
  },
  privacyNames: () => chat.privacylist.getNames(),
  async unblock({ name }) {
    await chat.privacylist.setAsDefault(null);
    await chat.privacylist.delete(name);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, call, args } = JSON.parse(line);
  try {
    tell({ id, value: (await calls[call](args)) ?? null });
  } catch (error) {
    tell({ id, error: error.stack ?? JSON.stringify(error) });
  }
}
await chat.disconnect();
process.exit(0);

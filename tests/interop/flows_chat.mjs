// What an application does with the official SDK about dialogs and messages.
// Each flow is judged in test_official_sdk_dialogs.py or test_official_sdk_messages.py.

import { ConnectyCube, given, refusal } from './stage.mjs';

// By number, because the SDK's own names for the first and the last are swapped.
const [BROADCAST, GROUP, PRIVATE, PUBLIC] = [1, 2, 3, 4];

const { mara, jonas, ida } = given;

function signIn({ login, password }) {
  return ConnectyCube.createSession({ login, password });
}

function makeGroup(options = {}) {
  const group = { type: GROUP, name: 'Friday party', occupants_ids: [jonas.id, ida.id] };
  return ConnectyCube.chat.dialog.create({ ...group, ...options });
}

function write(dialog, message) {
  return ConnectyCube.chat.message.create({ chat_dialog_id: dialog._id, message });
}

// Dialogs.

export async function createDialogs() {
  await signIn(mara);
  const one = { type: PRIVATE, occupants_ids: [jonas.id] };
  const pair = await ConnectyCube.chat.dialog.create(one);
  const again = await ConnectyCube.chat.dialog.create(one);
  const group = await makeGroup({
    admins_ids: [ida.id], description: 'From six', extensions: { city: 'Riga' },
  });
  const open = await ConnectyCube.chat.dialog.create({
    type: PUBLIC, name: 'Trends', permissions: { allow_preview: true },
  });
  const news = await ConnectyCube.chat.dialog.create({ type: BROADCAST, name: 'News' });
  return { made: [pair, group, open, news], isSame: again._id === pair._id };
}

export async function listDialogs() {
  await signIn(mara);
  const ids = (page) => page.items.map((dialog) => dialog._id);
  const { dialog } = ConnectyCube.chat;
  const all = await ConnectyCube.chat.dialog.list();
  return {
    all: { ...all, items: ids(all) },
    byTypes: ids(await dialog.list({ type: { in: [GROUP, PRIVATE] }, sort_asc: 'created_at' })),
    byList: ids(await dialog.list({ type: [PUBLIC, GROUP], sort_desc: 'created_at' })),
    byText: ids(await dialog.list({ name: { ctn: 'котики & 🐈' } })),
    byExtension: ids(await dialog.list({ extensions: { city: 'Riga' } })),
    byMoment: ids(await dialog.list({ updated_at: { gt: given.moment } })),
    second: ids(await dialog.list({ limit: 1, skip: 1, sort_asc: 'created_at' })),
    counted: await dialog.list({ count: 1, type: GROUP }),
  };
}

export async function changeDialog() {
  await signIn(mara);
  const { _id } = await makeGroup({ occupants_ids: [jonas.id], photo: 'a-photo' });
  const note = await write({ _id }, 'Bring cups');
  await ConnectyCube.chat.dialog.update(_id, {
    name: 'Night party', description: 'From ten', photo: null,
    extensions: { city: 'Kyiv' }, permissions: { allow_preview: true },
  });
  await ConnectyCube.chat.dialog.update(_id, { push_all: { occupants_ids: [ida.id] } });
  await ConnectyCube.chat.dialog.update(_id, { pull_all: { occupants_ids: [`${jonas.id}`] } });
  const pins = { pinned_messages_ids: [note._id] };
  const pinned = await ConnectyCube.chat.dialog.update(_id, { push_all: pins });
  const unpinned = await ConnectyCube.chat.dialog.update(_id, { pull_all: pins });
  const shown = [pinned.pinned_messages_ids, unpinned.pinned_messages_ids];
  return { note: note._id, pins: shown, last: unpinned };
}

export async function nameAdmins() {
  await signIn(mara);
  const { _id } = await makeGroup();
  const named = await ConnectyCube.chat.dialog.addAdmins(_id, [jonas.id, ida.id]);
  const left = await ConnectyCube.chat.dialog.removeAdmins(_id, [jonas.id]);
  await signIn(ida);
  const refused = await refusal(ConnectyCube.chat.dialog.addAdmins(_id, [jonas.id]));
  return { named: named.admins_ids, left: left.admins_ids, refused };
}

export async function comeAndGo() {
  await signIn(mara);
  const { _id } = await ConnectyCube.chat.dialog.create({ type: PUBLIC, name: 'Trends' });
  await signIn(jonas);
  const came = await ConnectyCube.chat.dialog.subscribe(_id);
  const { items } = await ConnectyCube.chat.dialog.getPublicOccupants(_id, { limit: 1, skip: 1 });
  const went = await ConnectyCube.chat.dialog.unsubscribe(_id);
  await signIn(ida);
  await ConnectyCube.chat.dialog.subscribeToPublic(_id);
  const wentToo = await ConnectyCube.chat.dialog.unsubscribeFromPublic(_id);
  await ConnectyCube.chat.dialog.subscribe(_id);
  return { came: came.occupants_count, second: items.map((user) => user.login), went, wentToo };
}

export async function silenceDialog() {
  await signIn(mara);
  const { _id } = await makeGroup();
  return [
    await ConnectyCube.chat.dialog.getNotificationsSettings(_id),
    await ConnectyCube.chat.dialog.updateNotificationsSettings(_id, false),
    await ConnectyCube.chat.dialog.getNotificationsSettings(_id),
    await ConnectyCube.chat.dialog.updateNotificationsSettings(_id, 1),
    await ConnectyCube.chat.dialog.updateNotificationsSettings(_id, 0),
  ];
}

export async function deleteDialogs() {
  await signIn(mara);
  const [hidden, first, second, kept] = given.ids;
  const one = await ConnectyCube.chat.dialog.delete(hidden);
  const forced = await ConnectyCube.chat.dialog.delete(`${first}, ${second}`, { force: 1 });
  const mixed = await ConnectyCube.chat.dialog.delete([kept, given.nobodys], { force: 1 });
  const again = await refusal(ConnectyCube.chat.dialog.delete([first], { force: 1 }));
  return { one, forced, mixed, again };
}

export async function clearHistory() {
  await signIn(mara);
  const cleared = await ConnectyCube.chat.dialog.clearHistory(given.id);
  const own = await ConnectyCube.chat.message.list({ chat_dialog_id: given.id });
  return { cleared, own: own.items };
}

// Messages.

export async function writeMessages() {
  await signIn(mara);
  const group = await makeGroup();
  const first = await ConnectyCube.chat.message.create({
    chat_dialog_id: group._id, message: 'Look & see 🎉', send_to_chat: 1, markable: 1,
    attachments: [{ type: 'image', uid: 'a-uid' }, { type: 'place', latitude: 56.9 }],
    priority: 'high',
  });
  const second = await ConnectyCube.chat.message.create({ recipient_id: jonas.id, message: 'Hi' });
  return { group: group._id, first, second };
}

export async function readMessages() {
  await signIn(jonas);
  const chat_dialog_id = given.id;
  const texts = async (params) => {
    const page = await ConnectyCube.chat.message.list({ chat_dialog_id, ...params });
    return page.items.map((message) => message.message);
  };
  const unread = () => ConnectyCube.chat.message.unreadCount({ chat_dialog_ids: given.asked });
  return {
    atFirst: await unread(),
    looked: await texts({ mark_as_read: 0, sort_desc: 'date_sent', limit: 2 }),
    still: (await ConnectyCube.chat.message.unreadCount()).total,
    oneRead: await ConnectyCube.chat.message.update(given.first, { chat_dialog_id, read: 1 }),
    then: await unread(),
    read: await texts({ message: { ctn: 'second' } }),
    later: await unread(),
    allRead: await ConnectyCube.chat.message.update('', { chat_dialog_id, read: 1, delivered: 1 }),
    atLast: await unread(),
    counted: await ConnectyCube.chat.message.list({ chat_dialog_id, count: 1 }),
  };
}

export async function previewMessages() {
  await signIn(ida);
  const page = await ConnectyCube.chat.message.list({ chat_dialog_id: given.id, preview: 1 });
  const refused = await refusal(ConnectyCube.chat.message.list({ chat_dialog_id: given.id }));
  return { texts: page.items.map((message) => message.message), refused };
}

export async function changeMessages() {
  await signIn(mara);
  const chat_dialog_id = given.id;
  const [edited, gone, goneToo, hidden, foreign] = given.ids;
  const edit = { chat_dialog_id, message: 'Better' };
  const { message } = ConnectyCube.chat;
  return {
    edited: await ConnectyCube.chat.message.update(edited, edit),
    refused: await refusal(ConnectyCube.chat.message.update(foreign, edit)),
    unknown: await refusal(ConnectyCube.chat.message.update(given.nobodys, edit)),
    // The SDK hands out the text of these answers.
    forced: JSON.parse(await ConnectyCube.chat.message.delete([gone, goneToo], { force: 1 })),
    hidden: JSON.parse(await ConnectyCube.chat.message.delete(hidden)),
    mixed: JSON.parse(await message.delete(`${foreign},${given.nobodys}`, { force: 1 })),
  };
}

export async function react() {
  await signIn(mara);
  const added = await ConnectyCube.chat.message.addReaction(given.message, '🎉');
  await ConnectyCube.chat.message.addReaction(given.message, '👍');
  await signIn(jonas);
  await ConnectyCube.chat.message.updateReaction(given.message, '👍');
  await ConnectyCube.chat.message.updateReaction(given.message, '❤', '👍');
  const removed = await ConnectyCube.chat.message.removeReaction(given.message, '❤');
  await ConnectyCube.chat.message.addReaction(given.message, '🎉');
  const who = await ConnectyCube.chat.message.listReactions(given.message);
  const { items } = await ConnectyCube.chat.message.list({ chat_dialog_id: given.id });
  return { answers: [added, removed], who, shown: items[0].reactions };
}

export async function sendSystem() {
  await signIn(mara);
  return ConnectyCube.chat.message.createSystem({
    recipientId: jonas.id, notification: 'busy', details: { until: 'noon' },
  });
}

export async function searchChat() {
  await signIn(mara);
  const found = async (params) => {
    const { results } = await ConnectyCube.chat.search({ search_text: 'Lorem', ...params });
    const names = results.dialogs.map((dialog) => dialog.name);
    return [names, results.messages.map((message) => message.message), results.users];
  };
  return {
    everywhere: await found({ limit: 5 }),
    somewhere: await found({ chat_dialog_ids: given.ids }),
    // The first of these is the newest moment.
    before: await found({ start_date: new Date(given.until), end_date: given.since }),
    tooShort: await refusal(ConnectyCube.chat.search({ search_text: 'Lore' })),
  };
}

export async function refuseWithoutUser() {
  await ConnectyCube.createSession();
  return [
    await refusal(ConnectyCube.chat.dialog.list()),
    await refusal(ConnectyCube.chat.message.update(given.nobodys, { read: 1 })),
  ];
}

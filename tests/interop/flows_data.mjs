// What an application does with the official SDK beside the chat: custom objects, pushes, contacts,
// meetings, whiteboards, link previews. Each flow is judged in test_official_sdk_data.py or
// test_official_sdk_services.py.

import { ConnectyCube, fetched, given, refusal } from './stage.mjs';

const { mara, jonas } = given;

function signIn({ login, password }) {
  return ConnectyCube.createSession({ login, password });
}

// Custom objects.

export async function createRecords() {
  await signIn(mara);
  const one = await ConnectyCube.data.create('Place', {
    name: 'Café 測試', stars: '4', at: [24.1, 56.9], tags: ['b', 'a'], _parent_id: given.parent,
    permissions: {
      read: { access: 'open_for_users_ids', ids: [`${jonas.id}`] }, update: { access: 'open' },
    },
  });
  const many = await ConnectyCube.data.create('Place', [{ name: 'Bar' }, { name: 'Pub' }]);
  const permissions = await ConnectyCube.data.readPermissions('Place', one._id);
  await signIn(jonas);
  return {
    one,
    many: many.items.map((record) => record.name),
    permissions,
    refused: await refusal(ConnectyCube.data.readPermissions('Place', one._id)),
    unknown: await refusal(ConnectyCube.data.create('Nowhere', { name: 'No' })),
  };
}

export async function findRecords() {
  await signIn(mara);
  const [first, second] = given.ids;
  const names = async (params) => {
    const page = await ConnectyCube.data.list('Place', params);
    return page.items.map((record) => record.name);
  };
  return {
    all: await names(),
    byId: await names(first),
    byIds: await names([second, first]),
    byNumber: await names({ stars: { gte: 3 }, sort_desc: 'stars' }),
    byList: await names({ stars: { in: [5, 1] } }),
    byOtherList: await names({ name: { nin: ['Bar', 'Pub'] } }),
    byTags: await names({ tags: { all: ['b', 'a'] } }),
    byText: await names({ name: { ctn: 'é 測' } }),
    near: await names({ at: { near: '24.1,56.9;1000' } }),
    children: await names({ _parent_id: given.parent }),
    page: await names({ sort_asc: 'stars', skip: 1, limit: 1 }),
    narrow: (await ConnectyCube.data.list('Place', {
      stars: 5, output: { include: ['name', 'stars'] },
    })).items,
    counted: await ConnectyCube.data.list('Place', { count: 1 }),
    average: (await ConnectyCube.data.list('Place', { stars: { calc: 'avg' } })).items,
  };
}

export async function updateRecords() {
  await signIn(mara);
  const [first, second, third] = given.ids;
  const operators = {
    name: 'Café', inc: { stars: 2 }, push: { tags: ['c'] }, pull_all: { tags: ['a'] }, at: null,
  };
  const one = await ConnectyCube.data.update('Place', { id: first, ...operators });
  const added = { tags: ['d'] };
  const byOwnId = await ConnectyCube.data.update('Place', { _id: first, add_to_set: added });
  const tags = [];
  for (const change of [{ pull: { tags: 'b' } }, { tags: { 0: 'z' } }, { pop: { tags: 1 } }]) {
    const changed = await ConnectyCube.data.update('Place', { id: first, ...change });
    tags.push(changed.tags);
  }
  const found = await ConnectyCube.data.update('Place', {
    search_criteria: { name: { in: ['Bar', 'Pub'] } }, stars: 1,
  });
  const many = await ConnectyCube.data.update('Place', [
    { _id: second, name: 'Wine bar' }, { id: third, stars: 2 }, { id: given.nobodys, stars: 3 },
  ]);
  const refused = await refusal(ConnectyCube.data.update('Place', { id: given.foreign, stars: 9 }));
  return {
    one: [one.name, one.stars, one.tags, one.at],
    byOwnId: byOwnId.tags,
    tags,
    found: [found.total_found, found.items.map((record) => record.stars)],
    many: [many.not_found.ids, many.items.map((record) => [record.name, record.stars])],
    refused,
  };
}

export async function deleteRecords() {
  await signIn(mara);
  const [first, second, third] = given.ids;
  return {
    one: await ConnectyCube.data.delete('Place', first),
    listed: await ConnectyCube.data.delete('Place', [second]),
    many: await ConnectyCube.data.delete('Place', [third, given.foreign, given.nobodys]),
    found: await ConnectyCube.data.delete('Place', { stars: { gte: 4 }, name: { in: ['Spa'] } }),
    again: await refusal(ConnectyCube.data.delete('Place', first)),
    refused: await refusal(ConnectyCube.data.delete('Place', given.foreign)),
    left: (await ConnectyCube.data.list('Place')).items.map((record) => record._id),
  };
}

// Pushes.

export async function subscribe() {
  await signIn(mara);
  const phone = {
    notification_channel: 'gcm',
    device: { platform: 'android', udid: 'a-phone' },
    push_token: {
      environment: 'development', client_identification_sequence: 'canary-token',
      bundle_identifier: 'com.example',
    },
  };
  const browser = {
    notification_channel: 'web',
    device: { platform: 'web', udid: 'a-browser' },
    push_token: {
      environment: 'production', web_endpoint: 'https://push.example/1', web_auth: 'canary-auth',
      web_p256dh: 'canary-p256dh',
    },
  };
  const made = await ConnectyCube.pushnotifications.subscriptions.create(phone);
  const again = await ConnectyCube.pushnotifications.subscriptions.create(phone);
  await ConnectyCube.pushnotifications.subscriptions.create(browser);
  const listed = await ConnectyCube.pushnotifications.subscriptions.list();
  const { id } = made[0].subscription;
  const deleted = await ConnectyCube.pushnotifications.subscriptions.delete(id);
  const wrong = { ...phone, notification_channel: undefined, notification_channels: 'gcm' };
  return {
    made,
    isSame: again[0].subscription.id === id,
    listed: listed.map((one) => one.subscription.device),
    deleted,
    gone: await refusal(ConnectyCube.pushnotifications.subscriptions.delete(id)),
    wrong: (await refusal(ConnectyCube.pushnotifications.subscriptions.create(wrong))).code,
  };
}

export async function sendPushes() {
  await signIn(mara);
  const payload = JSON.stringify({ message: 'Привіт 🎉', ios_badge: 3, own: 'yes' });
  const event = {
    notification_type: 'push', environment: 'development',
    message: ConnectyCube.pushnotifications.base64Encode(payload),
  };
  const { events } = ConnectyCube.pushnotifications;
  const sent = await ConnectyCube.pushnotifications.events.create({
    ...event, user: { ids: `${jonas.id},${mara.id}` },
  });
  const native = await events.create({
    ...event, push_type: 'apns', message: 'payload=e30=', user: { tags: { any: 'vip,staff' } },
  });
  return {
    sent: sent.map((one) => one.event.notification_channel.name),
    native: native.map((one) => one.event.message),
    nobody: await refusal(events.create({ ...event, external_user: { ids: '404' } })),
  };
}

// Contacts.

export async function keepContacts() {
  await signIn(mara);
  const udid = 'a-phone';
  const uploaded = await ConnectyCube.addressbook.uploadAddressBook([
    { name: 'Jonas K.', phone: jonas.phone }, { name: 'Aunt', phone: '37120000009' },
    { name: 'Short', phone: '12' },
  ]);
  const changed = await ConnectyCube.addressbook.uploadAddressBook([
    { name: 'Auntie', phone: '37120000009' }, { name: 'Jonas K.', phone: jonas.phone, destroy: 1 },
  ]);
  const own = [{ name: 'Jonas', phone: jonas.phone }];
  const onPhone = await ConnectyCube.addressbook.uploadAddressBook(own, { udid, force: 1 });
  return {
    uploaded, changed, onPhone,
    book: await ConnectyCube.addressbook.get(),
    bookOnPhone: await ConnectyCube.addressbook.get(udid),
    registered: await ConnectyCube.addressbook.getRegisteredUsers(),
    compact: await ConnectyCube.addressbook.getRegisteredUsers({ udid, compact: 1 }),
    whole: await ConnectyCube.addressbook.getRegisteredUsers({ udid, compact: 0 }),
    wrong: await refusal(ConnectyCube.addressbook.uploadAddressBook([{ name: '', phone: '1' }])),
  };
}

// Meetings.

export async function holdMeetings() {
  await signIn(mara);
  const before = Date.now();
  const quick = await ConnectyCube.meeting.create();
  const planned = await ConnectyCube.meeting.create({
    name: 'Weekly', start_date: 1900000000, end_date: 1900003600, chat: true, scheduled: true,
    attendees: [{ id: jonas.id }, { email: 'guest@example.org' }],
    notify: true, notify_before: { metric: 'hours', value: 1 },
    timezone: { offset: 120, name: 'Europe/Riga' },
  });
  const { _id } = planned;
  const changed = await ConnectyCube.meeting.update(_id, { name: 'Biweekly', record: true });
  const names = async (params) => {
    const meetings = await ConnectyCube.meeting.get(params);
    return meetings.map((meeting) => meeting.name);
  };
  const found = {
    own: (await names()).length,
    one: await names({ _id }),
    later: await names({ start_date: { gte: 1900000000 }, scheduled: true }),
  };
  const deleted = await ConnectyCube.meeting.delete(quick._id);
  const gone = await refusal(ConnectyCube.meeting.get({ _id: quick._id }));
  await signIn(jonas);
  const invited = await names();
  const refused = await refusal(ConnectyCube.meeting.delete(_id));
  const isNow = Math.abs(quick.start_date - before / 1000) < 600;
  const lasts = quick.end_date - quick.start_date;
  return {
    quick: [isNow, lasts, quick.attendees, quick.record, quick.chat_dialog_id],
    planned, changed: [changed.name, changed.record], found, deleted, gone, invited, refused,
  };
}

export async function getRecordings() {
  await signIn(jonas);
  const [recording] = await ConnectyCube.meeting.getRecordings(given.id);
  return { recording, shown: await fetched(recording.download_url) };
}

// Whiteboards.

export async function drawTogether() {
  await signIn(mara);
  const chat_dialog_id = given.id;
  const board = await ConnectyCube.whiteboard.create({ name: 'Plan', chat_dialog_id });
  const other = await ConnectyCube.whiteboard.create({ name: 'Sketch', chat_dialog_id });
  const renamed = await ConnectyCube.whiteboard.update(board._id, { name: 'Plan_B' });
  const url = ConnectyCube.whiteboard.getURL({ id: board._id, title: 'Plan_B', username: 'mara' });
  await signIn(jonas);
  const refused = await refusal(ConnectyCube.whiteboard.update(board._id, { name: 'Mine' }));
  const byId = await ConnectyCube.whiteboard.get(chat_dialog_id);
  await signIn(mara);
  const deleted = await ConnectyCube.whiteboard.delete(other._id);
  const left = await ConnectyCube.whiteboard.get({ chat_dialog_id });
  const names = [byId, left].map((boards) => boards.map((one) => one.name));
  return { board, renamed: renamed.name, url, refused, names, deleted };
}

// Link previews.

export async function previewLinks() {
  await signIn(mara);
  const known = await ConnectyCube.linkpreview.get('https://news.example.com/story?a=1&b=2');
  await ConnectyCube.linkpreview.get('https://news.example.com/story?a=1&b=2');
  return { known, unknown: await ConnectyCube.linkpreview.get('https://example.org/x') };
}

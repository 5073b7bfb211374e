// What an application does with the official SDK about sessions, users and files.
// Each flow is judged in test_official_sdk.py.

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { ConnectyCube, baseUrl, configured, fetched, given, refusal, start } from './stage.mjs';

async function advanceClock(seconds) {
  const body = JSON.stringify({ advance: seconds });
  await fetch(`${baseUrl}/_emulator/clock`, { method: 'POST', body });
}

function upload(options = {}) {
  const file = Buffer.from(given.content);
  const type = 'text/plain';
  return ConnectyCube.storage.createAndUpload({
    name: 'a.txt', file, type, size: file.length, public: false, ...options,
  });
}

// Sessions.

export async function createSession() {
  const session = await ConnectyCube.createSession(given.params);
  const again = await ConnectyCube.getSession();
  return { userId: session.user_id, isSame: again.token === session.token };
}

export async function refuseWrongPassword() {
  return refusal(ConnectyCube.createSession(given.params));
}

export async function loginAndLogout() {
  await ConnectyCube.createSession();
  const user = await ConnectyCube.login(given.params);
  await ConnectyCube.logout();
  return { userId: user.id };
}

export async function destroySession() {
  const session = await ConnectyCube.createSession(given.params);
  await ConnectyCube.destroySession();
  ConnectyCube.setSession(session);
  return refusal(ConnectyCube.getSession());
}

export async function renewExpiredSession() {
  let asked = 0;
  start({
    sessionExpired: (handleResponse, retry) => {
      asked += 1;
      ConnectyCube.createSession(given.params).then(retry).catch(handleResponse);
    },
  });
  await ConnectyCube.createSession(given.params);
  await advanceClock(given.seconds);
  const { user } = await ConnectyCube.users.update({ full_name: 'Mar Sim' });
  return { asked, fullName: user.full_name };
}

export async function letExpiredSessionFail() {
  start({ sessionExpired: (handleResponse) => handleResponse() });
  await ConnectyCube.createSession(given.params);
  await advanceClock(given.seconds);
  return refusal(ConnectyCube.users.update({ full_name: 'Mar Sim' }));
}

// Users.

export async function signUp() {
  const alone = await ConnectyCube.users.signup(given.first);
  await ConnectyCube.createSession();
  const withSession = await ConnectyCube.users.signup(given.second);
  return { ids: [alone.user.id, withSession.user.id] };
}

export async function updateUser() {
  await ConnectyCube.createSession(given.params);
  return (await ConnectyCube.users.update(given.changes)).user;
}

export async function changePassword() {
  const { login, password } = given.params;
  await ConnectyCube.createSession(given.params);
  await ConnectyCube.users.update({ old_password: password, password: given.password });
  const session = await ConnectyCube.createSession({ login, password: given.password });
  return { userId: session.user_id };
}

export async function findUsers() {
  await ConnectyCube.createSession(given.params);
  const page = await ConnectyCube.users.getV2({ login: { in: given.logins }, sort_asc: 'id' });
  return { logins: page.items.map((user) => user.login), total: page.total_entries };
}

export async function resetPassword() {
  await ConnectyCube.createSession();
  await ConnectyCube.users.resetPassword(given.email);
}

export async function deleteUser() {
  await ConnectyCube.createSession(given.params);
  await ConnectyCube.users.delete();
  return refusal(ConnectyCube.users.update({ full_name: 'Nobody' }));
}

// Files.

export async function uploadBuffer() {
  await ConnectyCube.createSession(given.params);
  return upload();
}

export async function uploadFileStream() {
  await ConnectyCube.createSession(given.params);
  return upload({ file: createReadStream(given.path) });
}

export async function uploadStreamOfUnknownLength() {
  await ConnectyCube.createSession(given.params);
  return upload({ file: Readable.from([Buffer.from(given.content)]) });
}

export async function setAvatar() {
  await ConnectyCube.createSession(given.params);
  const { uid } = await upload();
  const { avatar } = (await ConnectyCube.users.update({ avatar: uid })).user;
  const { storage } = ConnectyCube;
  const withoutToken = (await fetched(storage.publicUrl(avatar))).status;
  return { avatar, shown: await fetched(storage.privateUrl(avatar)), withoutToken };
}

export async function showPublicFile() {
  await ConnectyCube.createSession(given.params);
  const { uid } = await upload({ public: true });
  return fetched(ConnectyCube.storage.publicUrl(uid));
}

export async function keepFiles() {
  await ConnectyCube.createSession(given.params);
  const { storage } = ConnectyCube;
  const { id, uid } = await upload();
  const info = await storage.getInfo(id);
  const listed = await storage.list({ page: 1, per_page: 5 });
  const signed = (await storage.getFileObject(uid, { download_url: '1' })).blob.blob_object_access;
  const shown = await fetched(signed.download_url);
  await storage.delete(id);
  const again = await refusal(storage.delete(id));
  return { name: info.blob.name, size: info.blob.size, total: listed.total_entries, shown, again };
}

// A session that a server made: the front end of examples/mint_session.py, as it is served.

export async function startFromMintedSession() {
  const source = await (await fetch(`${given.server}/connectycube.mjs`)).text();
  const minted = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const config = configured({ endpoints: { chat: given.domain }, chatProtocol: given.protocol });
  const session = await minted.start(ConnectyCube, given.server, given.visit, config);
  const { user } = await ConnectyCube.users.update({ full_name: 'Mar Sim' });
  await ConnectyCube.chat.connect({ userId: session.user_id, password: session.token });
  await ConnectyCube.chat.ping();
  await ConnectyCube.chat.disconnect();
  await advanceClock(given.seconds);
  const renewed = await ConnectyCube.users.update({ website: 'https://example.org' });
  const stranger = await minted.start(ConnectyCube, given.server, 'x', config).catch(String);
  return { ids: [session.user_id, user.id, renewed.user.id], stranger };
}

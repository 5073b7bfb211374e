// So many calls of the official SDK meet one expired session: `node storm.mjs <given>`.
// One JSON line is printed: how many were answered, and in how many seconds.

import ConnectyCube from 'connectycube';

const { baseUrl, appId, authKey, calls, expireAfter } = JSON.parse(process.argv[2]);
const user = { login: 'cubeuser', password: 'awesomepwd' };

// As its own documentation shows: sign in again, then send again.
function sessionExpired(handleResponse, retry) {
  ConnectyCube.createSession(user).then(retry).catch(handleResponse);
}

const endpoints = { api: new URL(baseUrl).host, api_url: baseUrl };
ConnectyCube.init({ appId, authKey }, { endpoints, on: { sessionExpired }, debug: { mode: 0 } });

await ConnectyCube.createSession(user);
const body = JSON.stringify({ advance: expireAfter });
await fetch(`${baseUrl}/_emulator/clock`, { method: 'POST', body });
const started = performance.now();
const all = await Promise.allSettled(
  Array.from({ length: calls }, () => ConnectyCube.users.getV2({ login: 'cubeuser' })),
);
const seconds = (performance.now() - started) / 1000;
const answered = all.filter((one) => one.status === 'fulfilled').length;
console.log(JSON.stringify({ answered, seconds }));

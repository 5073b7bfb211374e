// What the official SDK spends on its chat: `node --expose-gc chat.mjs <given>`.
// One JSON line is printed: microseconds of CPU for a message sent and heard, round by round, and
// bytes for one more connection.

import ConnectyCube from 'connectycube';

const {
  websocket, domain, appId, sink, flood, body, extension, size, rounds, atOnce, connections,
} = JSON.parse(process.argv[2]);
const me = { userId: 7, password: 'awesomepwd' };
const waiting = new Map();
let left = 0;
let last = () => {};

function begin(sdk) {
  sdk.init({ appId, authKey: 'auth-key' }, {
    endpoints: { chat: domain },
    chatProtocol: { websocket, active: 2 },
    chat: { streamManagement: { enable: true }, reconnect: { enable: false } },
    debug: { mode: 0 },
  });
  return sdk.chat;
}

const chat = begin(ConnectyCube);

chat.onSentMessageCallback = (lost, sent) => {
  if (lost) throw new Error('a message was lost');
  waiting.get(sent.id)();
  waiting.delete(sent.id);
};
chat.onMessageListener = () => {
  left -= 1;
  if (left === 0) last();
};

function sent(to, text) {
  return new Promise((resolve) => {
    const id = chat.send(to, {
      type: 'chat', body: text, extension: { ...extension, save_to_history: 1 },
    });
    waiting.set(id, resolve);
  });
}

async function send() {
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let count = 0; count < size / atOnce; count += 1) await sent(sink, body);
  }));
}

async function hear(each) {
  const all = new Promise((resolve) => { last = resolve; });
  left = size;
  await sent(flood, `${size} ${atOnce} ${each}`);
  await all;
}

async function spent(work) {
  globalThis.gc();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / size;
}

async function another() {
  const one = begin(new ConnectyCube.ConnectyCube());
  await one.connect(me);
  await one.ping();
  return one;
}

async function connected(count) {
  const all = [];
  for (let number = 0; number < count; number += 1) all.push(await another());
  globalThis.gc();
  return all;
}

await chat.connect(me);
// It is connected before it counts.
await chat.ping();
await send();
await hear(1);
const told = { spent: { send: [], hear: [], 'hear a burst': [] } };
for (let round = 0; round < rounds; round += 1) {
  told.spent.send.push(await spent(send));
  told.spent.hear.push(await spent(() => hear(1)));
  told.spent['hear a burst'].push(await spent(() => hear(atOnce)));
}
if (connections > 0) {
  const first = await connected(Math.ceil(connections / 5));
  const before = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  const more = await connected(connections);
  const { user, system } = process.cpuUsage(cpu);
  told.bytes = (process.memoryUsage().rss - before) / more.length;
  told.connect = (user + system) / more.length;
  told.connections = first.length + more.length;
}
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));

// What there is to do at all: the methods of the SDK, by their names in an application.

import { ConnectyCube } from './stage.mjs';

const PARTS = [
  'chat.dialog', 'chat.message', 'data', 'pushnotifications', 'pushnotifications.subscriptions',
  'pushnotifications.events', 'addressbook', 'meeting', 'whiteboard', 'linkpreview',
];

function methodsOf(name) {
  const part = name.split('.').reduce((whole, member) => whole[member], ConnectyCube);
  const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(part));
  return [...Object.keys(part), ...inherited]
    .filter((member) => member !== 'constructor' && typeof part[member] === 'function')
    .map((member) => `${name}.${member}`);
}

export function listOperations() {
  return PARTS.flatMap(methodsOf);
}

// What is no part of an application's API, though it hangs on one: who carries, and what is kept.
const INNER = new Set(['ConnectyCube', 'proxy', 'xmppClient', 'sdkInstance', 'cache']);

function isPart(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    && Object.getPrototypeOf(value) !== Object.prototype && !(value instanceof Map) && !(value instanceof Set);
}

function callsBelow(part, name, seen) {
  const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(part));
  const found = [...new Set([...Object.keys(part), ...inherited])]
    .filter((member) => member !== 'constructor' && !INNER.has(member))
    .filter((member) => !Object.getOwnPropertyDescriptor(Object.getPrototypeOf(part), member)?.get);
  return found.flatMap((member) => {
    const value = part[member];
    const path = name ? `${name}.${member}` : member;
    if (typeof value === 'function') {
      return [path];
    }
    if (!isPart(value) || seen.has(value)) {
      return [];
    }
    seen.add(value);
    return callsBelow(value, path, seen);
  });
}

// All that can be called, wherever it hangs; the SDK's own types say which of it is private.
export function listPublicCalls() {
  return callsBelow(ConnectyCube, '', new Set([ConnectyCube]));
}

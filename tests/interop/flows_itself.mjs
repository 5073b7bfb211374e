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

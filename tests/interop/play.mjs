// Runs flows: `node play.mjs <flow>...`.
//
// One JSON line is printed for each: {flow, ok, detail}. A detail never holds a token.

import * as basic from './flows.mjs';
import * as chat from './flows_chat.mjs';
import * as data from './flows_data.mjs';
import * as itself from './flows_itself.mjs';
import { ConnectyCube, start } from './stage.mjs';

const flows = { ...basic, ...chat, ...data, ...itself };

for (const flow of process.argv.slice(2)) {
  start();
  ConnectyCube.setSession(null);
  let told;
  try {
    told = { flow, ok: true, detail: (await flows[flow]()) ?? null };
  } catch (error) {
    told = { flow, ok: false, detail: error.stack ?? error };
  }
  console.log(JSON.stringify(told));
}

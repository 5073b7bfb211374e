// What every flow stands on.
//
// The environment variable INTEROP holds JSON: where the service is, the application's id and key,
// and what the flow is given.

import ConnectyCube from 'connectycube';

const { baseUrl, hosts, appId, authKey, ...given } = JSON.parse(process.env.INTEROP);

function configured({ endpoints = {}, ...more } = {}) {
  return {
    endpoints: { api: new URL(baseUrl).host, api_url: baseUrl, ...endpoints },
    whiteboard: { server: hosts.whiteboard },
    linkpreview: { server: hosts.link_preview },
    debug: { mode: 0 },
    ...more,
  };
}

function start(on = {}, options = {}) {
  ConnectyCube.init({ appId, authKey }, { on, ...configured(options) });
}

// The SDK rejects with {code, info} for an answer of the service.
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return { code: error.code, info: error.info };
  }
  throw new Error('was not refused');
}

async function fetched(url) {
  const response = await fetch(url);
  const type = response.headers.get('content-type');
  return { status: response.status, type, text: await response.text() };
}

export { ConnectyCube, baseUrl, configured, fetched, given, refusal, start };

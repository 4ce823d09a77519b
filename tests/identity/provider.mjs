// An identity provider for the tests: the certified oidc-provider, with a page to sign in on.
//
//   node provider.mjs PORT OUR_URL keycloak|proconnect
//
// As ProConnect it signs its UserInfo with ES256 and takes the client's secret in the form only.
// Who exists is said by PUT /people: {login: {claims, acr}}.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, ours, manner] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let people = {};

function key(type, alg, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg };
}

const method = manner === "proconnect" ? "client_secret_post" : "client_secret_basic";

const client = {
  client_id: "visio",
  client_secret: "a secret of the tests, long enough",
  token_endpoint_auth_method: method,
  redirect_uris: [`${ours}/oidc/callback`],
  post_logout_redirect_uris: [`${ours}/`],
  backchannel_logout_uri: `${ours}/oidc/backchannel-logout`,
  backchannel_logout_session_required: true,
  ...(manner === "proconnect" && { id_token_signed_response_alg: "ES256", userinfo_signed_response_alg: "ES256" }),
};

const provider = new Provider(issuer, {
  clients: [client],
  clientAuthMethods: [method],
  jwks: { keys: [key("rsa", "RS256", { modulusLength: 2048 }), key("ec", "ES256", { namedCurve: "P-256" })] },
  acrValues: ["eidas1", "eidas2"],
  claims: {
    openid: ["sub", "acr", "sid"],
    email: ["email", "email_verified"],
    profile: ["name", "given_name", "family_name"],
    given_name: ["given_name"],
    usual_name: ["usual_name"],
    siret: ["siret"],
  },
  scopes: ["openid", "email", "profile", "given_name", "usual_name", "siret"],
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: leave },
    claimsParameter: { enabled: true },
    jwtUserinfo: { enabled: true },
    userinfo: { enabled: true },
  },
  // Without the guard that keeps it from asking this machine, which is where the tests are.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id]?.claims }) }),
  // Nobody is asked for consent: these clients are the administration's own.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid email profile given_name usual_name siret");
    grant.addOIDCClaims(["acr"]);
    await grant.save();
    return grant;
  },
});

/** Signs out without a question. */
function leave(context, form) {
  context.body = `<!doctype html><html lang="en"><title>Leaving</title>${form}
    <button form="op.logoutForm" name="logout" value="yes">Leave</button></html>`;
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function interact(request, response) {
  const { prompt } = await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><html lang="en"><title>Sign in</title><form method="post">
      <label>Login <input name="login"></label><button>${prompt.name}</button></form></html>`);
    return;
  }
  const login = new URLSearchParams(await body(request)).get("login");
  const result = people[login]
    ? { login: { accountId: login, acr: people[login].acr, remember: false } }
    : { error: "access_denied" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const handle = provider.callback();

createServer(async (request, response) => {
  try {
    if (request.url === "/people" && request.method === "PUT") {
      people = JSON.parse(await body(request));
      response.end();
    } else if (request.url.startsWith("/interaction/")) await interact(request, response);
    else await handle(request, response);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}).listen(port, "127.0.0.1", () => console.log("ready"));

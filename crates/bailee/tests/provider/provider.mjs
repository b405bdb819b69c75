// A provider of OpenID Connect on a free port of this machine. People are whoever they say: the login is their address.
// Its first line of output is its own address. It ends when its input does.

import { createServer } from "node:http";
import Provider from "oidc-provider";

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    // `unverified.` before an address: the provider has not made sure that it is theirs.
    findAccount: (_, login) => ({
      accountId: login,
      claims: () => ({
        sub: `subject of ${login}`,
        email: login.replace(/^unverified\./, ""),
        email_verified: !login.startsWith("unverified."),
        name: `Somebody called ${login.split("@")[0]}`,
      }),
    }),
    claims: { email: ["email", "email_verified"], profile: ["name"] },
    features: { registration: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ["of no worth"] },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

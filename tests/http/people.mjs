// People of a server with accounts.
import assert from 'node:assert/strict';

export const PASSWORD = 'correct horse battery';

/** The cookie that an answer sets, as a Cookie field. */
export const cookieOf = (answer) => ({ Cookie: answer.headers['set-cookie'][0].split(';')[0] });

export const setupToken = (server) => /#setup=([\w-]+)/.exec(server.banner)?.[1];

/** Makes an account where registration is open, and gives a client that is signed in. */
export async function signUp(server, email, members = {}) {
  const answer = await server.client.post('/v1/auth/register', { email, password: PASSWORD, ...members });
  assert.equal(answer.status, 201, answer.text);
  return server.client.as(cookieOf(answer));
}

/** A client with a key of that client. */
export async function withKey(server, client, members = {}) {
  const answer = await client.post('/v1/keys', { name: 'a key', ...members });
  assert.equal(answer.status, 201, answer.text);
  return Object.assign(server.client.as({ Authorization: `Bearer ${answer.json.key}` }), { keyId: answer.json.id, key: answer.json.key });
}

// What a server or a command under test finds in its environment.
import { env } from 'node:process';

/// `variables`, and of the caller's own only what programs and sanitizers run by: what a shell has set must not change what is
/// tested.
export function cleanEnvironment(variables) {
  const kept = Object.entries(env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'].includes(name) || /^[ALTU]+SAN_/.test(name));
  return { ...Object.fromEntries(kept), ...variables };
}

/** What a link that the server printed at its start carries: the access token of a server without accounts, or the right
 * to make the first admin. */
export interface PrintedLink {
  kind: 'token' | 'setup';
  secret: string;
}

export function parsePrintedLink(hash: string): PrintedLink | null {
  const [, kind, secret] = /^#(token|setup)=([\w-]+)$/.exec(hash) ?? [];
  return kind === undefined || secret === undefined ? null : { kind: kind as PrintedLink['kind'], secret };
}

/** Reads it from the address and takes it out there, so that neither history nor a screenshot keeps the secret. */
export function takePrintedLink(): PrintedLink | null {
  const link = parsePrintedLink(location.hash);
  if (link !== null) history.replaceState(null, '', location.pathname + location.search);
  return link;
}

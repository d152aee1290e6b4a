// What the tests measure of a page: layout shifts, originals on their way, accessibility.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Before the page is opened: records the layout shifts that nobody's input has caused. */
export function watchShifts(page) {
  return page.addInitScript(() => {
    globalThis.__shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue;
        const name = ({ node }) => node?.className || node?.nodeName;
        globalThis.__shifts.push({ value: entry.value, of: entry.sources.map(name).join(', ') });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

export const shifts = (page) => page.evaluate(() => globalThis.__shifts);

/** The nodes in memory when all that can be collected is: the document's, and those that something still holds. */
export async function nodesInMemory(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('HeapProfiler.collectGarbage');
  const { nodes } = await client.send('Memory.getDOMCounters');
  await client.detach();
  return nodes;
}

/** Counts the requests for originals that are asked for and not answered yet, those that wait in the browser included. */
export class OriginalsCounter {
  #running = new Set();
  most = 0;

  constructor(page) {
    page.on('request', (request) => {
      if (!/\/v1\/assets\/[^/]+\/content/.test(request.url())) return;
      this.#running.add(request);
      this.most = Math.max(this.most, this.#running.size);
    });
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => this.#running.delete(request));
  }
}

/** The violations of WCAG 2.2 A and AA and of axe's best practices, as lines to read. */
export async function violations(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations);
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => `${id} (${help}): ${target} ${failureSummary}`));
}

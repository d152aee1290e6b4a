// The library with nothing, a few and ten thousand pictures, in every window and colour: nothing moves by itself, nothing
// scrolls sideways, everything can be read, and a flick does not ask for everything at once.
//
//   node --test sizes.test.mjs       screenshots go to build/e2e/
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverWith } from './gallery.mjs';
import { Complaints, launchBrowser, listed, picturesShown, screenshot, sidewaysScroll } from './harness.mjs';
import { nodesInMemory, OriginalsCounter, shifts, violations, watchShifts } from './measure.mjs';

const mostOriginals = 12;
const windows = [[390, 844], [1280, 800], [2560, 1440]];
const complaints = new Complaints();
let browser;

before(async () => {
  browser = await launchBrowser();
});

after(() => browser?.close());

async function openPage(server, options, view = '') {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await complaints.watch(page);
  await watchShifts(page);
  const originals = new OriginalsCounter(page);
  await page.goto(`${server.url}/${view}`);
  return { context, page, originals };
}

/** What is in the window is there, and the counts are. */
async function settled(page, count) {
  if (count === 0) await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
  else await page.locator('.counts', { hasText: `${count.toLocaleString('en').replaceAll(',', '\u202f')} pictures` }).waitFor();
  await listed(page);
  await picturesShown(page);
}

test('a shift, a crowd of originals and an unnamed button are seen', async () => {
  const server = await serverWith(2);
  const { context, page, originals } = await openPage(server, { viewport: { width: 800, height: 600 } });
  try {
    await settled(page, 2);
    await page.evaluate(async () => {
      const block = document.createElement('p');
      block.style.height = '120px';
      document.querySelector('main').prepend(block);
      const button = document.createElement('button');
      document.querySelector('main').append(button);
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    });
    await page.waitForFunction(() => globalThis.__shifts.length > 0);
    assert.match((await violations(page)).join('\n'), /button-name/);
    // None is answered before all have been asked for: a quick server would answer the first meanwhile.
    const many = mostOriginals + 8;
    const held = [];
    await page.route(/content\?download=1$/, (route) => {
      if (held.push(route) === many) for (const each of held) each.continue();
    });
    await page.evaluate(async (length) => {
      const [image] = document.querySelectorAll('.tile img');
      await Promise.all(Array.from({ length }, () => fetch(`${image.src}?download=1`, { cache: 'no-store' })));
    }, many);
    assert.equal(originals.most, many);
  } finally {
    await context.close();
    await server.dispose();
  }
});

for (const count of [0, 7, 10_000]) {
  test(`${count} pictures: nothing moves or scrolls sideways, in any window or colour`, async (t) => {
    const server = await serverWith(count);
    t.after(() => server.dispose());
    for (const colorScheme of ['light', 'dark']) {
      for (const [width, height] of windows) await look(server, count, { viewport: { width, height }, colorScheme });
    }
    if (count === 10_000) await t.test('a flick through them loads no crowd, and moves nothing', () => flick(server));
  });
}

async function look(server, count, options) {
  const { context, page, originals } = await openPage(server, options);
  const where = `${count} at ${options.viewport.width}, ${options.colorScheme}`;
  try {
    await settled(page, count);
    await screenshot(page, `library-${count}-${options.viewport.width}-${options.colorScheme}.png`);
    assert.equal(await sidewaysScroll(page), 0, where);
    assert.deepEqual(await shifts(page), [], where);
    assert.ok(originals.most <= mostOriginals, `${originals.most} originals at once, ${where}`);
    // The widest window has the same elements as the one before.
    if (options.viewport.width < 2000) assert.deepEqual(await violations(page), [], where);
  } finally {
    await context.close();
  }
}

/** Scrolls as fast as a thumb on the scroll bar, through everything that is loaded, and on. */
async function flick(server) {
  const { context, page, originals } = await openPage(server, { viewport: { width: 1280, height: 800 } });
  try {
    await settled(page, 10_000);
    const main = page.locator('main');
    const nodesBefore = await nodesInMemory(page);
    for (let i = 0; i < 40; i++) {
      await main.evaluate((element) => element.scrollBy(0, 700));
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
    const tiles = await page.locator('[role=option]').count();
    assert.ok(tiles < 160, `${tiles} tiles: only what is near the window is in the document`);
    await settled(page, 10_000);
    assert.ok(originals.most > 3 && originals.most <= mostOriginals, `${originals.most} originals at once`);
    assert.deepEqual(await shifts(page), []);
    // In the middle twice as many tiles are in the document as at the top, and no other.
    const nodes = await nodesInMemory(page);
    assert.ok(nodes < nodesBefore * 3, `${nodes} nodes after ${nodesBefore}: what was scrolled past is forgotten`);
    assert.equal(await page.locator('[role=option]').first().getAttribute('aria-setsize'), '10000');
  } finally {
    await context.close();
  }
}

test('the browser had nothing to complain about', () => {
  assert.deepEqual(complaints.unexpected, []);
});

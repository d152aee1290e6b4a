// `make bench`: how long the page keeps the browser busy at a stretch while all of ten thousand pictures are scrolled
// through. The browser itself says how long each task took, by the clock and on the processor: where others use the
// machine too, the first includes the time in which the page had to wait for them.
import assert from 'node:assert/strict';
import { serverWith } from './gallery.mjs';
import { launchBrowser } from './harness.mjs';

const pictures = 10_000;
const mostMs = 50;

const server = await serverWith(pictures);
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
  await page.goto(server.url);
  await page.locator('.counts', { hasText: 'pictures' }).waitFor();
  // The start is not the scrolling.
  await browser.startTracing(page, { categories: ['toplevel'] });
  const { frames, seconds } = await page.evaluate(scrollToTheEnd);
  const tasks = tasksOfThePage(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
  assert.equal(await page.locator(`[role=option][aria-posinset="${pictures}"]`).count(), 1, 'the last picture is there');
  report(tasks, `${frames} frames in ${seconds.toFixed(1)} s`);
} finally {
  await browser.close();
  await server.dispose();
}

/** In the page: a window a frame, waiting where the next pictures are not there yet. */
async function scrollToTheEnd() {
  const main = document.querySelector('main');
  const begun = performance.now();
  const positions = () => [...document.querySelectorAll('[role=option]')].map((tile) => Number(tile.ariaPosInSet));
  const total = Number(document.querySelector('[role=option]').ariaSetSize);
  for (let frames = 0; ; frames++) {
    main.scrollBy(0, main.clientHeight);
    await new Promise((done) => requestAnimationFrame(done));
    const atEnd = main.scrollTop + main.clientHeight >= main.scrollHeight - 2;
    if (atEnd && Math.max(...positions()) === total) return { frames, seconds: (performance.now() - begun) / 1000 };
  }
}

/** In ms; of the renderer's main thread, where script, layout and input share the time. */
function tasksOfThePage(events) {
  const main = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const threads = new Set(main.map(({ pid, tid }) => `${pid}:${tid}`));
  const tasks = events.filter(({ name, pid, tid }) => /RunTask$/.test(name) && threads.has(`${pid}:${tid}`));
  assert.ok(tasks.length > 100, `${tasks.length} tasks were recorded`);
  return tasks.map(({ dur = 0, tdur = 0 }) => ({ clock: dur / 1000, processor: tdur / 1000 }));
}

function report(tasks, detail) {
  const longest = (kind) => tasks.reduce((most, task) => Math.max(most, task[kind]), 0);
  const [clock, processor] = [longest('clock'), longest('processor')];
  const over = tasks.filter((task) => task.clock > mostMs).length;
  const cells = [
    `longest task while scrolling ${pictures.toLocaleString('en')} pictures`, '–', `≤ ${mostMs} ms`,
    `${clock > mostMs ? '**missed** ' : ''}${clock.toFixed(0)} ms`,
    `${processor.toFixed(0)} ms on the processor; ${over} of ${tasks.length} tasks longer; ${detail}`,
  ];
  console.log('\n| work | against | reach | measured | detail |\n|---|---|---|---|---|');
  console.log(`| ${cells.join(' | ')} |\n`);
}

// The page in a real browser over the real server. One story: an empty folder, files, a crash, files still there.
//
//   SERVER_BINARY=build/release/medialith node --test console.test.mjs       screenshots go to build/e2e/
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { picture, tone } from './fixtures.mjs';
import { Complaints, dropFiles, launchBrowser, picturesShown, screenshot, Server, sidewaysScroll, tiles, until } from './harness.mjs';

const maxFileSize = 2 * 2 ** 20;
const recipe = {
  prompt: 'a neon fox in the rain, 35 mm, reflections on wet asphalt',
  negative: 'blurry, text, watermark',
  seed: 884213, steps: 28, sampler: 'Euler a', cfg: 6.5, model: 'dreamshaper_8',
};
const files = {
  'fox.png': picture({ scene: 'neon', width: 384, height: 576, seed: 3, recipe }),
  'ridges.png': picture({ scene: 'ridges', width: 600, height: 400, seed: 1 }),
  'planet & moon 100%.png': picture({ scene: 'planet', width: 400, height: 400, seed: 2 }),
};
const sizes = { 'fox.png': [384, 576], 'ridges.png': [600, 400], 'planet & moon 100%.png': [400, 400] };

const complaints = new Complaints();
let browser, server, page, folder, curl;

const row = (name) => page.locator('.upload', { hasText: name }).first();
const tile = (name) => page.getByRole('option', { name: new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')},`) });
const inspector = () => page.getByRole('complementary', { name: 'Inspector' });
const fact = (name) => inspector().locator('.fact', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd > :first-child');

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medialith-files-'));
  server = new Server({ MEDIALITH_MAX_FILE_SIZE: String(maxFileSize) });
  await server.start();
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await complaints.watch(page);
});

after(async () => {
  await browser?.close();
  await server?.dispose();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test('the empty page says what to do', async () => {
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
  curl = await page.locator('.code code').innerText();
  assert.match(curl, new RegExp(`^curl .*${server.url.replaceAll('.', '\\.')}/v1/uploads`));
  assert.equal(await sidewaysScroll(page), 0);
  await screenshot(page, 'empty-1280-light.png');
});

test('three dropped pictures are kept, and stand on the page in their proportions', async () => {
  await dropFiles(page, folder, files);
  for (const name of Object.keys(files)) {
    await row(name).locator('.upload-status', { hasText: /^kept · on disk · \d+(\.\d)? m?s$/ }).waitFor();
  }
  await page.waitForFunction(() => [...document.querySelectorAll('[role=option] img')].filter((img) => img.naturalWidth > 0).length === 3);
  const shown = await tiles(page);
  assert.equal(shown.length, 3);
  for (const { name, width, height } of shown) {
    const [w, h] = sizes[name];
    assert.ok(Math.abs(width / height - w / h) < 0.02, `${name} is shown ${width} × ${height}`);
  }
  assert.equal(await page.getByRole('heading', { name: 'Nothing here yet' }).count(), 0);
});

test('the row shows the prompt and the seed that the file carries', async () => {
  await row('fox.png').locator('.upload-recipe', { hasText: /a neon fox in the rain.*seed 884213 · dreamshaper_8/s }).waitFor();
});

test('the inspector shows how the picture was made', async () => {
  await tile('fox.png').click();
  await inspector().getByText(recipe.prompt, { exact: true }).waitFor();
  await inspector().getByText(recipe.negative, { exact: true }).waitFor();
  const facts = {
    Model: 'dreamshaper_8', Seed: '884213', Steps: '28', Sampler: 'Euler a', CFG: '6.5', Size: '384 × 576', Type: 'image/png',
  };
  for (const [name, value] of Object.entries(facts)) assert.equal(await fact(name).innerText(), value, name);
  assert.match(await fact('SHA-256').innerText(), /^[0-9a-f]{64}$/);
});

test('the prompt is copied whole', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  // The word stands there for a moment only: the wait for it begins first.
  await Promise.all([inspector().getByText('copied').waitFor(), inspector().getByRole('button', { name: 'Copy prompt' }).click()]);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), recipe.prompt);
});

test('a download has the very bytes', async () => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    inspector().getByRole('link', { name: 'Download original' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'fox.png');
  assert.ok(readFileSync(await download.path()).equals(files['fox.png']));
});

test('the address keeps what the inspector shows, and the back button closes it', async () => {
  const id = new URL(page.url()).hash.slice(1);
  assert.match(id, /^img_/);
  await page.reload();
  await inspector().getByText(recipe.prompt, { exact: true }).waitFor();
  await page.goBack();
  await inspector().waitFor({ state: 'detached' });
});

test('known bytes are already here', async () => {
  await dropFiles(page, folder, { 'again.png': files['ridges.png'] });
  await row('again.png').locator('.upload-status', { hasText: /^already here$/ }).waitFor();
  assert.equal((await tiles(page)).length, 3);
});

test('a refused file shows the reason, and the row stays', async () => {
  complaints.expect(/413/);
  const big = Buffer.alloc(maxFileSize + 1, 'x');
  await dropFiles(page, folder, { 'big.bin': big });
  const status = row('big.bin').locator('.upload-status', { hasText: /^not kept: / });
  await status.waitFor();
  const reason = (await status.innerText()).slice('not kept: '.length);
  assert.match(reason, /^[A-Z].{10,}\.$/s);
  await page.getByRole('button', { name: 'Clear kept' }).click();
  const states = () => page.locator('.upload').evaluateAll((rows) => rows.map((each) => each.dataset.state).join());
  await until(async () => (await states()) === 'refused', 'only the refused row is left');
  await page.getByRole('button', { name: 'Dismiss big.bin' }).click();
  await page.getByRole('region', { name: 'Uploads' }).waitFor({ state: 'detached' });
  assert.equal((await tiles(page)).length, 3);
});

test('a deleted picture comes back with Undo, and stays away without', async () => {
  await tile('ridges.png').focus();
  await page.keyboard.press('Delete');
  await tile('ridges.png').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await tile('ridges.png').waitFor();
  await page.reload();
  await tile('ridges.png').waitFor();
  await tile('ridges.png').focus();
  await page.keyboard.press('Delete');
  await page.getByText('ridges.png is in the trash.').waitFor();
  await page.reload();
  await tile('fox.png').waitFor();
  assert.deepEqual((await tiles(page)).map(({ name }) => name).sort(), ['fox.png', 'planet & moon 100%.png']);
});

test('the keyboard reaches everything', async () => {
  await page.locator('body').focus();
  for (let i = 0; i < 16 && !(await page.evaluate(() => document.activeElement?.role === 'option')); i++) await page.keyboard.press('Tab');
  const focused = () => page.evaluate(() => document.activeElement?.dataset.index ?? document.activeElement?.textContent);
  const focuses = (index) => until(async () => (await focused()) === index, `tile ${index} has the focus`);
  await focuses('0');
  await page.keyboard.press('ArrowRight');
  await focuses('1');
  await page.keyboard.press('Enter');
  await inspector().waitFor();
  const first = page.url();
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL((url) => url.href !== first);
  await focuses('0');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.closest('.inspector') !== null), true);
  await page.keyboard.press('Escape');
  await inspector().waitFor({ state: 'detached' });
  await focuses('0');
});

test('the curl line works, and its file appears by itself', async () => {
  writeFileSync(join(folder, 'picture.png'), picture({ scene: 'dunes', width: 300, height: 200, seed: 5 }));
  const answer = JSON.parse(execFileSync('bash', ['-c', curl], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }));
  assert.match(answer.id, /^img_/);
  await tile('picture.png').waitFor();
});

test('when the server dies the page says so, and an upload goes on when it is back', async () => {
  complaints.expect(/ERR_(CONNECTION_\w+|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|INCOMPLETE_CHUNKED_ENCODING|CONTENT_LENGTH_MISMATCH)/);
  await server.kill();
  await page.getByText('does not answer').waitFor();
  await dropFiles(page, folder, { 'later.png': picture({ scene: 'petals', width: 320, height: 320, seed: 4 }) });
  await row('later.png').locator('.upload-status', { hasText: /^no answer: / }).waitFor();
  await server.start();
  await row('later.png').locator('.upload-status', { hasText: /^kept / }).waitFor();
  await page.getByText('does not answer').waitFor({ state: 'detached' });
});

test('after the crash everything is there', async () => {
  await page.reload();
  await tile('later.png').waitFor();
  const shown = await tiles(page);
  assert.deepEqual(shown.map(({ name }) => name).sort(), ['fox.png', 'later.png', 'picture.png', 'planet & moon 100%.png']);
  for (const { id, name } of shown) {
    if (!(name in files)) continue;
    const answer = await fetch(`${server.url}/v1/assets/${id}/content`);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(files[name]), name);
  }
});

test('a long list loads as it is scrolled, nothing jumps, and the page stays small', async () => {
  for (let i = 0; i < 130; i++) {
    const body = picture({ scene: 'ridges', width: 24 + (i % 5) * 6, height: 24 + (i % 3) * 8, seed: 1000 + i });
    await server.upload(`small-${i}.png`, body);
  }
  await page.reload();
  await tile('small-129.png').waitFor();
  const top = async () => (await tiles(page)).slice(0, 8).map(({ id, x, width, height }) => ({ id, x, width, height }));
  const before = await top();
  await tile('small-129.png').focus();
  while ((await tile('fox.png').count()) === 0) {
    const seen = Math.max(...(await tiles(page)).map(({ index }) => index));
    await page.keyboard.press('End');
    await page.waitForFunction(
      (last) => [...document.querySelectorAll('[role=option]')].some((each) => Number(each.dataset.index) > last || each.ariaLabel.startsWith('fox.png')),
      seen,
    );
    assert.ok((await tiles(page)).length < 120, 'only what is near the window is in the document');
  }
  await tile('fox.png').waitFor();
  await page.keyboard.press('Home');
  await tile('small-128.png').waitFor();
  // The tile with the focus is there at once, those beside it with the next frame.
  await until(async () => (await top()).length === before.length && (await top())[1]?.id === before[1].id, 'the first rows are back');
  assert.deepEqual(await top(), before);
});

test('a signed-out visitor gets the form, and signs in', async () => {
  const hosted = new Server({ HOSTED_MODE: 'true' });
  const context = await browser.newContext();
  try {
    hosted.command(['user', 'create', '--email', 'me@example.org', '--password-stdin'], 'correct horse battery\n');
    await hosted.start();
    const visitor = await context.newPage();
    complaints.expect(/status of 401/);
    await complaints.watch(visitor);
    await visitor.goto(hosted.url);
    await visitor.getByLabel('Email').fill('me@example.org');
    await visitor.getByLabel('Password').fill('wrong horse');
    await visitor.getByRole('button', { name: 'Sign in' }).click();
    await visitor.getByRole('alert').waitFor();
    await screenshot(visitor, 'sign-in.png');
    await visitor.getByLabel('Password').fill('correct horse battery');
    await visitor.getByRole('button', { name: 'Sign in' }).click();
    await visitor.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
    await visitor.getByRole('button', { name: 'Sign out' }).click();
    await visitor.getByLabel('Email').waitFor();
  } finally {
    await context.close();
    await hosted.dispose();
  }
});

/** A server and a visitor of their own, who has never been there. */
async function visit(variables, listen, story) {
  const own = new Server(variables, listen);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    await own.start();
    const visitor = await context.newPage();
    visitor.setDefaultTimeout(15_000);
    complaints.expect(/status of 401/);
    await complaints.watch(visitor);
    await story(visitor, own);
  } finally {
    await context.close();
    await own.dispose();
  }
}
const emptyLibrary = (visitor) => visitor.getByRole('heading', { name: 'Nothing here yet' }).waitFor();

test('the printed link makes the first admin, in one go', () =>
  visit({ HOSTED_MODE: 'true' }, '127.0.0.1:0', async (visitor, own) => {
    await visitor.goto(own.link);
    await visitor.getByRole('heading', { name: 'Make the first admin' }).waitFor();
    assert.equal(visitor.url(), `${own.url}/`, 'the secret is out of the address');
    await screenshot(visitor, 'set-up.png');
    await visitor.getByLabel('Email').fill('me@example.org');
    await visitor.getByLabel('Password').fill('correct horse battery');
    await visitor.getByRole('button', { name: 'Create and sign in' }).click();
    await emptyLibrary(visitor);
    await visitor.getByRole('button', { name: 'Sign out' }).click();
    await visitor.getByLabel('Email').waitFor();
    assert.equal(await visitor.getByRole('button', { name: 'Create an account' }).count(), 0, 'registration is closed');
    await visitor.goto(own.link);
    await visitor.getByLabel('Email').fill('late@example.org');
    await visitor.getByLabel('Password').fill('correct horse battery');
    await visitor.getByRole('button', { name: 'Create and sign in' }).click();
    await visitor.getByRole('alert').filter({ hasText: 'can be used once' }).waitFor();
  }));

test('where registration is open, a visitor makes an account', () =>
  visit({ HOSTED_MODE: 'true', MEDIALITH_REGISTRATION: 'open' }, '127.0.0.1:0', async (visitor, own) => {
    await visitor.goto(own.url);
    await visitor.getByRole('button', { name: 'Create an account' }).click();
    await visitor.getByLabel('Email').fill('new@example.org');
    complaints.expect(/status of 400/);
    await visitor.getByLabel('Password').fill('short');
    await visitor.getByRole('button', { name: 'Create account' }).click();
    await visitor.getByRole('alert').filter({ hasText: 'This must have at least 8 characters.' }).waitFor();
    await screenshot(visitor, 'register.png');
    await visitor.getByLabel('Password').fill('correct horse battery');
    await visitor.getByRole('button', { name: 'Create account' }).click();
    await emptyLibrary(visitor);
  }));

test('on another address than this machine\'s the printed link lets its bearer in', () =>
  visit({}, '0.0.0.0:0', async (visitor, own) => {
    // Over plain HTTP from another machine the browser ignores this protection, and says so.
    complaints.expect(/Cross-Origin-Opener-Policy header has been ignored/);
    await visitor.goto(own.url);
    await visitor.getByRole('heading', { name: 'This server asks for its link' }).waitFor();
    await screenshot(visitor, 'needs-link.png');
    await visitor.goto(own.link);
    await emptyLibrary(visitor);
    assert.equal(visitor.url(), `${own.url}/`, 'the secret is out of the address');
    await visitor.goto(own.url);
    await emptyLibrary(visitor);
  }));

test('nothing scrolls sideways, in any size or colour', async () => {
  await gallery();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of [[1280, 800], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await page.goto(server.url);
      await page.mouse.move(0, 0);
      await picturesShown(page, 4);
      assert.equal(await sidewaysScroll(page), 0, `grid at ${width}`);
      await screenshot(page, `grid-${width}-${colorScheme}.png`);
      await tile('neon-fox.png').click();
      await inspector().getByText(recipe.prompt, { exact: true }).waitFor();
      await picturesShown(page, 4);
      assert.equal(await sidewaysScroll(page), 0, `inspector at ${width}`);
      await screenshot(page, `inspector-${width}-${colorScheme}.png`);
      await page.goBack();
      await showUploads();
      assert.equal(await sidewaysScroll(page), 0, `uploads at ${width}`);
      await screenshot(page, `uploads-${width}-${colorScheme}.png`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

/** A page worth looking at: pictures in all shapes, a sound, a clip, and rows of uploads that ended in each way. */
async function gallery() {
  const shapes = [[320, 480], [480, 320], [400, 400], [560, 320], [320, 440]];
  const scenes = ['petals', 'ridges', 'nebula', 'planet', 'dunes', 'neon'];
  for (let i = 0; i < 22; i++) {
    const [width, height] = shapes[(i * 3) % shapes.length];
    const scene = scenes[i % scenes.length];
    await server.upload(`${scene}-${String(i).padStart(3, '0')}.png`, picture({ scene, width, height, seed: 70 + i * 7 }));
    if (i === 13) await server.upload('rain-loop.wav', tone());
    if (i === 16) await server.upload('fox-walk.webm', await clip());
    if (i === 17) await server.upload('neon-fox.png', picture({ scene: 'neon', width: 448, height: 672, seed: 12, recipe }));
  }
}

/** Upload rows that ended in each way. */
async function showUploads() {
  const seed = (showUploads.next = (showUploads.next ?? 500) + 7);
  await dropFiles(page, folder, {
    'fox-in-the-rain.png': picture({ scene: 'neon', width: 320, height: 400, seed, recipe: { ...recipe, seed } }),
    'dunes.png': picture({ scene: 'dunes', width: 400, height: 300, seed }),
    'ridges.png': files['planet & moon 100%.png'],
    'render-final-4k.mov': Buffer.alloc(maxFileSize + 1),
  });
  await row('fox-in-the-rain.png').locator('.upload-recipe').waitFor();
  await row('dunes.png').locator('.upload-status', { hasText: /^kept / }).waitFor();
  await row('ridges.png').locator('.upload-status', { hasText: /^already here/ }).waitFor();
  await row('render-final-4k.mov').locator('.upload-status', { hasText: /^not kept: / }).waitFor();
  await picturesShown(page, 4);
}

/** A second of moving colour, recorded by the browser itself. */
async function clip() {
  const recorder = await page.context().newPage();
  try {
    const base64 = await recorder.evaluate(async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [640, 360];
      const draw = canvas.getContext('2d');
      const media = new MediaRecorder(canvas.captureStream(24), { mimeType: 'video/webm' });
      const parts = [];
      media.ondataavailable = (event) => parts.push(event.data);
      const stopped = new Promise((resolve) => (media.onstop = resolve));
      media.start();
      for (let frame = 0; frame < 24; frame++) {
        const sky = draw.createLinearGradient(0, 0, 640, 360);
        sky.addColorStop(0, `hsl(${190 + frame * 3} 60% 24%)`);
        sky.addColorStop(1, `hsl(${20 + frame * 2} 80% 58%)`);
        draw.fillStyle = sky;
        draw.fillRect(0, 0, 640, 360);
        draw.fillStyle = 'hsl(40 100% 88%)';
        draw.beginPath();
        draw.arc(120 + frame * 16, 200 - Math.sin(frame / 8) * 90, 42, 0, 7);
        draw.fill();
        await new Promise((resolve) => setTimeout(resolve, 42));
      }
      media.stop();
      await stopped;
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    });
    return Buffer.from(base64, 'base64');
  } finally {
    await recorder.close();
  }
}

test('the browser had nothing to complain about', () => {
  assert.deepEqual(complaints.unexpected, []);
});

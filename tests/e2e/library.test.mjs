// The library as people use it, over the sample pictures: search, filters, marks, many at once, the trash.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Complaints, launchBrowser, listed, screenshot, Server, until } from './harness.mjs';

const complaints = new Complaints();
let browser, server, page;

const tiles = () => page.getByRole('option');
const tile = (name) => page.getByRole('option', { name: new RegExp(`^${name}`) });
/** The counts say so, and the list they are of is there: the two are answered in any order. */
async function counts(text) {
  await page.locator('.counts', { hasText: new RegExp(`^${text}$`) }).waitFor();
  await listed(page);
}
const inspector = () => page.getByRole('complementary', { name: 'Inspector' });
const filters = () => page.getByRole('group', { name: 'Filters', exact: true });
const nowhere = () => page.evaluate(() => document.activeElement?.blur());

/** What the server itself says. */
async function ask(path, options = {}) {
  const answer = await fetch(`${server.url}/v1/${path}`, { headers: { 'Content-Type': 'application/json' }, ...options });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}
const generations = async (query) => (await ask(`generations?limit=100&${query}`)).items;
async function choose(filter, value) {
  await filters().getByRole('button', { name: filter, exact: true }).click();
  await page.getByRole('checkbox', { name: value }).click();
  await page.keyboard.press('Escape');
}

async function showAll() {
  await page.goto(server.url);
  await tiles().first().waitFor();
  await page.locator('.counts', { hasText: /\d/ }).waitFor();
}

before(async () => {
  server = new Server();
  await server.start();
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await complaints.watch(page);
});

after(async () => {
  await browser?.close();
  await server?.dispose();
});

test('two dozen samples bring their recipes along, and are tagged', async () => {
  await page.goto(server.url);
  await page.getByRole('button', { name: /two dozen samples/ }).click();
  await page.getByText('Samples are tagged').waitFor({ timeout: 90_000 });
  await counts('24 pictures');
  const kept = await generations('tag=sample');
  assert.equal(kept.length, 24);
  for (const { prompt, recipe, modelId } of kept) {
    assert.ok(prompt.length > 10 && recipe.seed > 0 && recipe.steps >= 20 && modelId.startsWith('sample-'), JSON.stringify(recipe));
  }
});

test('a filter narrows the grid, stands in the address, and the back button takes it off', async () => {
  await showAll();
  await choose('Model', 'sample-space');
  await counts('8 pictures');
  assert.equal(new URL(page.url()).search, '?model=sample-space');
  assert.equal(await tiles().count(), 8);
  await page.reload();
  await counts('8 pictures');
  await choose('Model', 'sample-macro');
  await counts('12 pictures');
  await page.goBack();
  await counts('8 pictures');
  await page.getByRole('button', { name: 'Show all' }).click();
  await counts('24 pictures');
  assert.equal(new URL(page.url()).search, '');
});

test('an order stands in the address, and the list has it', async () => {
  await showAll();
  await filters().getByRole('button', { name: 'Sort', exact: true }).click();
  await page.getByRole('radio', { name: 'Oldest first' }).click();
  await page.waitForURL((url) => url.search === '?sort=createdAt');
  const ids = (items) => items.map(({ id }) => id);
  const shown = () => tiles().evaluateAll((all) => all.sort((a, b) => a.dataset.index - b.dataset.index).map((each) => each.dataset.id));
  const same = async (query) => {
    const wanted = ids((await ask(`assets?limit=100&${query}`)).items).join();
    await until(async () => (await shown()).join() === wanted, query);
  };
  await same('sort=createdAt');
  await page.getByRole('radio', { name: 'Smallest first' }).click();
  await same('sort=size');
  await page.reload();
  await same('sort=size');
  await counts('24 pictures');
  await page.goBack();
  await same('sort=createdAt');
  await page.goto(`${server.url}/?sort=-cost`);
  await counts('24 pictures');
  assert.equal(await tiles().count(), 24, 'by cost: the files of the acts');
});

test('the status line says how much is kept and how much is free', async () => {
  await showAll();
  const { estimatedSize } = await ask('usage');
  const size = `${(estimatedSize / 1e6).toFixed(estimatedSize < 9.95e6 ? 1 : 0)} MB`;
  await page.getByRole('contentinfo').getByText(new RegExp(`^${size} kept, [\\d.]+ [GT]B free$`)).waitFor();
});

test('search begins while one types, and marks what was found', async () => {
  await showAll();
  await nowhere();
  await page.keyboard.press('/');
  await page.keyboard.type('city neon nigh');
  await page.waitForURL((url) => url.searchParams.get('q') === 'city neon nigh');
  await tiles().first().locator('mark', { hasText: 'night' }).waitFor();
  await counts('4 pictures');
  await listed(page);
  const marks = await tiles().first().locator('mark').allInnerTexts();
  assert.deepEqual(marks, ['neon', 'city', 'night']);
  await page.keyboard.press('Enter');
  await until(() => page.evaluate(() => document.activeElement.dataset.index === '0'), 'Enter leads to what was found');
  await page.keyboard.press('Enter');
  await inspector().locator('.prompt mark', { hasText: 'night' }).waitFor();
  await screenshot(page, 'search-1280-light.png');
  await page.keyboard.press('Escape');
});

test('a seed is found, and a word that is nowhere says so', async () => {
  const box = page.getByRole('textbox', { name: /^Search/ });
  await box.fill('3141592');
  await counts('6 pictures');
  await box.fill('zzyzx "');
  await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
  await page.getByRole('button', { name: 'Show all' }).last().click();
  await counts('24 pictures');
  await until(async () => (await box.inputValue()) === '', 'the box is empty');
});

test('f marks a favourite and digits rate; the server knows, and the filter finds it', async () => {
  await showAll();
  await tiles().nth(1).focus();
  await page.keyboard.press('f');
  await page.keyboard.press('4');
  await until(async () => (await generations('favorite=true'))[0]?.rating === 4, 'kept as a favourite rated 4');
  await filters().getByRole('button', { name: 'Favourites only' }).click();
  await counts('1 picture');
  await tiles().first().click();
  await inspector().getByRole('group', { name: 'Rated 4 of 5' }).waitFor();
  await inspector().getByRole('button', { name: 'Take the rating back' }).click();
  await inspector().getByRole('group', { name: 'Not rated' }).waitFor();
  await until(async () => (await generations('favorite=true'))[0]?.rating === null, 'not rated any more');
});

test('keys can be turned off', async () => {
  await showAll();
  await page.keyboard.press('?');
  await page.getByRole('checkbox', { name: /^Letters, digits and signs/ }).uncheck();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await tiles().first().focus();
  await page.keyboard.press('f');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.role), 'option');
  assert.equal((await generations('favorite=true')).length, 1);
  await page.getByRole('button', { name: 'Keys' }).click();
  await page.getByRole('checkbox', { name: /^Letters, digits and signs/ }).check();
  await page.keyboard.press('Escape');
});

test('a tag is added and removed in the inspector', async () => {
  await showAll();
  await tile('sample-planet').first().click();
  await inspector().getByRole('combobox', { name: 'Add a tag' }).fill('best of all');
  await page.keyboard.press('Enter');
  await inspector().getByText('best of all').waitFor();
  await until(async () => (await generations('tag=best%20of%20all')).length === 1, 'tagged');
  await choose('Tag', 'best of all');
  await counts('1 picture');
  await page.goBack();
  await inspector().getByRole('button', { name: 'Remove the tag best of all' }).click();
  await until(async () => (await generations('tag=best%20of%20all')).length === 0, 'not tagged any more');
  assert.deepEqual((await generations('tag=sample')).length, 24, 'the other tag stays');
});

test('the inspector shows the same recipe with other seeds, and copies all of it', async () => {
  await showAll();
  await tile('sample-dunes').first().click();
  await inspector().getByText('Same recipe, other seeds (3)').waitFor();
  await Promise.all([
    inspector().getByText('copied').waitFor(),
    inspector().getByRole('button', { name: 'Copy everything of the recipe' }).click(),
  ]);
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^dunes at dusk.*\nNegative: blurry.*\nModel: sample-landscape\nProvider: a1111\nSeed: \d+\nSteps: 28\n/);
  const before = page.url();
  await inspector().locator('.strip button').first().click();
  await page.waitForURL((url) => url.href !== before);
  await inspector().getByRole('heading', { name: /^sample-dunes-/ }).waitFor();
});

test('many are deleted at once, and Undo brings back all of them in their places', async () => {
  await showAll();
  const order = () => tiles().evaluateAll((all) => all.map((each) => each.dataset.id));
  const whole = await order();
  await tiles().nth(2).hover();
  await tiles().nth(2).locator('.pick').click();
  await tiles().nth(5).click({ modifiers: ['Shift'] });
  await counts('4 items selected');
  await page.keyboard.press('Delete');
  await page.getByText('4 items are in the trash.').waitFor();
  await counts('20 pictures');
  assert.equal((await ask('assets?limit=100')).items.length, 20);
  await page.keyboard.press('Control+z');
  await counts('24 pictures');
  assert.deepEqual(await order(), whole);
  assert.equal((await ask('assets?limit=100')).items.length, 24);
});

test('many are tagged at once, each keeps its own tags, and Undo takes it back', async () => {
  await showAll();
  await tiles().first().focus();
  await page.keyboard.press('Control+a');
  await counts('24 items selected');
  await page.getByRole('toolbar').getByRole('button', { name: 'Tags' }).click();
  await page.getByRole('combobox', { name: 'Tag to add' }).fill('all');
  await page.keyboard.press('Enter');
  await page.getByText('Tagged “all”: 24 items.').waitFor();
  assert.equal((await generations('tag=all')).filter(({ tags }) => tags.includes('sample')).length, 24);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await until(async () => (await generations('tag=all')).length === 0, 'not tagged any more');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
});

test('the trash says until when, gives back, and deletes for good after a question', async () => {
  await showAll();
  await tiles().first().focus();
  for (const left of [23, 22, 21, 20]) {
    await page.keyboard.press('Delete');
    await counts(`${left} pictures`);
  }
  await page.getByRole('button', { name: /^4 files in the trash, each for 30 days$/ }).click();
  await counts('In the trash: 4 items');
  await page.keyboard.press('Control+z');
  await counts('In the trash: 3 items');
  assert.match(await tiles().first().getAttribute('aria-label'), /^sample-.*, image, gone for good on /);
  assert.match(await tiles().first().innerText(), /^sample-.*\nPNG · \d+ × \d+ · [\d.]+ [KM]B\nuntil /);
  await screenshot(page, 'trash-1280-light.png');
  await tiles().first().click();
  await page.getByRole('button', { name: 'Restore' }).click();
  await counts('In the trash: 2 items');
  await tiles().first().click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('gone for good.').waitFor();
  assert.equal((await ask('trash')).items.length, 1);
  await page.getByRole('button', { name: 'Empty the trash' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Empty the trash' }).click();
  await page.getByRole('heading', { name: 'The trash is empty' }).waitFor();
  await page.getByRole('button', { name: 'Back to the library' }).first().click();
  await counts('22 pictures');
});

test('an act that failed has a tile of its own kind', async () => {
  const body = JSON.stringify({ modelId: 'flux-dev', prompt: 'a fox that never was', status: 'failed', error: 'out of memory' });
  await ask('generations', { method: 'POST', body });
  await showAll();
  await page.getByRole('button', { name: '1 failed' }).click();
  await tile('a fox that never was, generation without media, failed').click();
  await inspector().getByText('The generation failed: out of memory').waitFor();
  await page.reload();
  await inspector().getByText('The generation failed: out of memory').waitFor();
});

test('a list that cannot be loaded says why, and tries again', async () => {
  complaints.expect(/status of 500/);
  const refusal = { status: 500, contentType: 'application/json', body: '{"error":"The disk is on fire.","code":"INTERNAL"}' };
  await page.route('**/v1/assets?**', (route) => route.fulfill(refusal));
  await page.goto(server.url);
  await page.getByRole('alert').filter({ hasText: 'The disk is on fire.' }).waitFor();
  await page.unroute('**/v1/assets?**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await tiles().first().waitFor();
});

test('a change that is refused is shown, and taken back', async () => {
  await showAll();
  const first = await tiles().first().getAttribute('data-id');
  await page.route('**/v1/bulk', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"No.","code":"INTERNAL"}' }));
  await tiles().first().focus();
  await page.keyboard.press('Delete');
  await page.getByText(/ is not deleted: No\.$/).waitFor();
  await page.unroute('**/v1/bulk');
  await until(async () => (await tiles().first().getAttribute('data-id')) === first, 'it is back in its place');
});

test('the samples leave together', async () => {
  await showAll();
  await choose('Tag', 'sample');
  await counts('22 pictures');
  await tiles().first().focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.getByText('22 items are in the trash.').waitFor();
  assert.equal((await ask('assets')).items.length, 0);
});

test('the browser had nothing to complain about', () => {
  assert.deepEqual(complaints.unexpected, []);
});

// What a server holds, as its clients see it, sorted by family.
import { fill, placeOfFilename, sha256, tokenOfPrompt } from './family.mjs';

const PAGE = 100;

async function listAll(client, path) {
  const items = [];
  let cursor = null;
  do {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const answer = await client.send({ path: `${path}limit=${PAGE}${query}` });
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status ?? answer.why}`);
    const page = answer.json();
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

/// The nonce and size of a generation's contents, or the nonce `torn` when its members do not belong together.
function contentOf(generation) {
  const nonce = generation.prompt.split(' ')[1];
  const { nonce: second, fill: filler } = generation.metadata;
  if (second === undefined && filler === undefined) return { nonce, size: null };
  const whole = second === nonce && typeof filler === 'string' && filler === fill(nonce, filler.length);
  return whole ? { nonce, size: filler.length } : { nonce: 'torn', size: filler?.length ?? null };
}

export class World {
  /// `problems` receives what no family accounts for.
  static async look(client, problems) {
    const world = new World();
    world.byToken = new Map();
    world.listed = { generations: 0, assets: 0 };
    for (const generation of await listAll(client, '/v1/generations?view=full&')) world.addGeneration(generation, problems);
    for (const asset of await listAll(client, '/v1/assets?')) world.addAsset(asset, problems);
    return world;
  }

  of(token) {
    if (!this.byToken.has(token)) this.byToken.set(token, { gen: null, assets: [], members: [] });
    return this.byToken.get(token);
  }

  addGeneration(generation, problems) {
    this.listed.generations++;
    const family = this.of(tokenOfPrompt(generation.prompt));
    if (family.gen) problems.push(`doubled: generations ${family.gen.id} and ${generation.id} of one create`);
    family.gen = { id: generation.id, version: generation.version, ...contentOf(generation) };
    family.members = generation.assets.map((asset) => asset.id);
  }

  addAsset(asset, problems) {
    this.listed.assets++;
    const place = placeOfFilename(asset.filename);
    if (!place) return problems.push(`invented: asset ${asset.id} (${asset.filename})`);
    const family = this.of(place.token);
    if (family.assets.some((other) => other.slot === place.slot)) problems.push(`doubled: asset ${asset.filename}`);
    const { id, version, size: bytes, generationId } = asset;
    family.assets.push({ slot: place.slot, id, version, bytes, sha256: asset.sha256, home: generationId !== null });
    family.assets.sort((a, b) => a.slot - b.slot);
    if (generationId !== null && !family.members.includes(id)) {
      problems.push(`torn: asset ${asset.filename} names ${generationId}, which does not show it`);
    }
  }
}

/// What is wrong with the bytes of an asset; undefined when they are what was sent.
export async function checkBytes(client, asset) {
  const answer = await client.send({ path: `/v1/assets/${asset.id}/content` });
  if (answer.kind !== 'answer') return `lost: bytes of asset ${asset.id}: ${answer.why ?? answer.kind}`;
  if (answer.status !== 200) return `lost: bytes of asset ${asset.id}: ${answer.status}`;
  if (answer.bytes.length !== asset.bytes || sha256(answer.bytes) !== asset.sha256) {
    return `torn: bytes of asset ${asset.id}: ${answer.bytes.length} bytes, other content`;
  }
  return undefined;
}

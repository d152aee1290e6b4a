// Pictures that look like something, from a seed: for the tests and the screenshots. No file is fetched or kept.

/** mulberry32: a small generator whose whole state is its seed. */
export function random(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const mix = (a, b, t) => a + (b - a) * t;
const clamp = (x) => Math.min(1, Math.max(0, x));
const smooth = (a, b, x) => {
  const t = clamp((x - a) / (b - a));
  return t * t * (3 - 2 * t);
};
const blend = (a, b, t) => [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];
const add = (a, b, k) => [a[0] + b[0] * k, a[1] + b[1] * k, a[2] + b[2] * k];
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
const ramp = (colours, t) => {
  const at = clamp(t) * (colours.length - 1);
  const i = Math.min(colours.length - 2, Math.floor(at));
  return blend(colours[i], colours[i + 1], at - i);
};

/** Value noise on a 256 × 256 lattice, and its octaves. */
function noise(next) {
  const lattice = Float32Array.from({ length: 65536 }, next);
  const at = (x, y) => lattice[((y & 255) << 8) | (x & 255)];
  const value = (x, y) => {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [smooth(0, 1, x - i), smooth(0, 1, y - j)];
    return mix(mix(at(i, j), at(i + 1, j), u), mix(at(i, j + 1), at(i + 1, j + 1), u), v);
  };
  return (x, y, octaves = 4) => {
    let [sum, weight, scale] = [0, 0.5, 1];
    for (let i = 0; i < octaves; i++, weight /= 2, scale *= 2.03) sum += value(x * scale + i * 17, y * scale) * weight;
    return sum / (1 - 0.5 ** octaves);
  };
}

const palettes = [
  ['#1b1436', '#5b2a6e', '#c8506b', '#ffb36b'],
  ['#06222b', '#0f5c63', '#5bb5a2', '#f3e9c6'],
  ['#0b1530', '#27427a', '#7fa3d6', '#f7d9c4'],
  ['#22110f', '#7a2e1d', '#d9772f', '#ffe2a0'],
  ['#101418', '#2f4a3a', '#86a15d', '#f0e7b4'],
  ['#140b1f', '#3d1c63', '#b13fb8', '#6ee7f2'],
].map((palette) => palette.map(rgb));

/** Each scene: (next, noise, palette) → (x, y, aspect) → colour, with x and y in 0…1. */
const scenes = {
  ridges(next, n, [dark, low, mid, light]) {
    const [sunX, sunY] = [0.25 + next() * 0.5, 0.28 + next() * 0.18];
    const offset = next() * 200;
    return (x, y, aspect) => {
      const distance = Math.hypot((x - sunX) * aspect, y - sunY);
      let colour = ramp([low, mid, light], y * 1.5);
      colour = add(colour, light, 0.55 * Math.exp(-distance * 7));
      if (distance < 0.07) colour = blend(colour, [1, 0.96, 0.86], smooth(0.07, 0.062, distance));
      for (let layer = 0; layer < 6; layer++) {
        const depth = layer / 5;
        const line = 0.46 + depth * 0.42 - 0.24 * (1 - depth * 0.4) * n(x * aspect * (1.4 + layer * 0.5) + offset + layer * 31, layer, 5);
        if (y > line) {
          const mist = Math.exp(-(y - line) * (5 + 8 * depth)) * 0.25;
          colour = blend(blend(mid, dark, 0.25 + depth * 0.75), light, mist * (1 - depth));
        }
      }
      return colour;
    };
  },
  nebula(next, n, palette) {
    const offset = next() * 200;
    // In cells of a twentieth: a star shines less far than that, so each pixel looks at nine cells only.
    const cells = Array.from({ length: 22 * 22 }, () => []);
    for (let i = 0; i < 140; i++) {
      const star = [next(), next(), 0.0006 + next() ** 6 * 0.0035];
      const [column, line] = [Math.floor(star[0] * 20) + 1, Math.floor(star[1] * 20) + 1];
      for (const dy of [-22, 0, 22]) for (const dx of [-1, 0, 1]) cells[line * 22 + column + dy + dx].push(star);
    }
    return (x, y, aspect) => {
      const [u, v] = [x * aspect * 2.2 + offset, y * 2.2];
      const warp = n(u, v, 4);
      const cloud = n(u + warp * 2.4, v + n(u + 40, v + 9, 4) * 2.4, 5);
      let colour = ramp([[0.01, 0.01, 0.03], ...palette], smooth(0.3, 0.82, cloud));
      for (const [sx, sy, size] of cells[(Math.floor(y * 20) + 1) * 22 + Math.floor(x * 20) + 1]) {
        const distance = Math.abs(sx - x) * aspect + Math.abs(sy - y);
        if (distance < size * 9) colour = add(colour, [1, 0.97, 0.92], Math.exp(-distance / size) * 1.4);
      }
      return colour;
    };
  },
  planet(next, n, [dark, low, mid, light]) {
    const [cx, cy, r] = [0.42 + next() * 0.16, 0.44 + next() * 0.1, 0.27 + next() * 0.06];
    const offset = next() * 200;
    return (x, y, aspect) => {
      const [dx, dy] = [((x - cx) * Math.max(1, aspect)) / r, ((y - cy) * Math.max(1, 1 / aspect)) / r];
      const d = Math.hypot(dx, dy);
      let colour = blend(dark, low, 0.5 * n(x * 3 + offset, y * 3, 3) + 0.25 * (1 - y));
      colour = add(colour, mid, 0.35 * Math.exp(-Math.max(0, d - 1) * 3.2));
      if (d < 1) {
        const z = Math.sqrt(1 - d * d);
        const bands = n(dx * 0.8 + offset, (dy * 3.4) + n(dx * 2 + offset, dy * 2, 3), 5);
        const lit = clamp(dx * -0.55 + dy * -0.5 + z * 0.66);
        const surface = ramp([low, mid, light], smooth(0.25, 0.75, bands));
        colour = blend(colour, blend(dark, surface, 0.06 + 0.94 * lit), smooth(1, 0.985, d));
      }
      const ring = Math.hypot(dx * 0.52 + dy * 0.2, (dy - dx * 0.28) * 2.3);
      if (ring > 0.86 && ring < 1.18 && (d > 1 || dy - dx * 0.28 > 0)) {
        colour = blend(colour, light, 0.55 * (0.4 + 0.6 * n(ring * 34, 1, 2)) * smooth(0.86, 0.89, ring) * smooth(1.18, 1.14, ring));
      }
      return colour;
    };
  },
  neon(next, n, [dark, low, mid, light]) {
    const bars = Array.from({ length: 26 }, () => ({
      x: next(), w: 0.006 + next() * 0.03, top: 0.08 + next() * 0.42, colour: [mid, light, low][Math.floor(next() * 3)], k: 0.25 + next() * 0.75,
    }));
    const offset = next() * 100;
    return (x, y, aspect) => {
      const wet = y > 0.62;
      const ripple = wet ? (n(x * 9 + offset, y * 46, 3) - 0.5) * 0.05 * (y - 0.55) * 8 : 0;
      const [px, py] = [x + ripple, wet ? 1.24 - y : y];
      let colour = blend(blend(dark, [0, 0, 0], 0.5), low, 0.35 * n(px * 3 + offset, py * 3, 4) * (1 - Math.abs(py - 0.5)));
      for (const { x: bx, w, top, colour: glow, k } of bars) {
        const across = Math.max(0, Math.abs(px - bx) - w) * aspect;
        const along = Math.max(0, top - py) * 2.6;
        const lit = (Math.exp(-(across + along) * 60) * 0.7 + Math.exp(-(across + along) * 12) * 0.1) * k;
        colour = add(colour, glow, wet ? lit * 0.55 : lit);
      }
      const rain = n(x * aspect * 150 + y * 12, y * 5 + offset, 2);
      return add(colour, light, smooth(0.78, 0.95, rain) * 0.12);
    };
  },
  dunes(next, n, [dark, low, mid, light]) {
    const offset = next() * 200;
    return (x, y, aspect) => {
      let colour = ramp([low, light], 1 - Math.abs(y - 0.42) * 2);
      for (let layer = 0; layer < 4; layer++) {
        const line = 0.4 + layer * 0.13 - 0.16 * Math.sin(x * aspect * (1.5 + layer * 0.4) + offset + layer * 2.1) * (0.4 + 0.6 * n(x * 1.3 + offset, layer, 2));
        if (y < line) continue;
        const slope = Math.cos(x * aspect * (1.5 + layer * 0.4) + offset + layer * 2.1);
        const ripples = Math.sin((y - line) * 190 + n(x * aspect * 6 + offset, y * 5, 3) * 16) * 0.035 * smooth(0, 0.06, y - line);
        colour = ramp([dark, low, mid, light], 0.62 - layer * 0.12 + slope * 0.22 + ripples - (y - line) * 0.3);
      }
      return colour;
    };
  },
  petals(next, n, [dark, low, mid, light]) {
    const [offset, count] = [next() * 200, 5 + Math.floor(next() * 4)];
    return (x, y, aspect) => {
      const [dx, dy] = [(x - 0.5) * Math.max(1, aspect) * 2, (y - 0.5) * Math.max(1, 1 / aspect) * 2];
      let colour = blend(blend(dark, low, 0.35), dark, Math.hypot(dx, dy) * 0.7);
      for (let ring = 0; ring < 5; ring++) {
        const size = 0.98 - ring * 0.18;
        const angle = Math.atan2(dy, dx) + ring * 0.55 + n(dx * 2 + offset, dy * 2, 2) * 0.35;
        const edge = size * (0.62 + 0.38 * Math.abs(Math.cos((angle * count) / 2)));
        const d = Math.hypot(dx, dy);
        if (d > edge) continue;
        const vein = n(angle * 14 + offset, d * 3, 3) * 0.16;
        colour = ramp([low, mid, light], 0.15 + ring * 0.15 + (d / edge) * 0.5 - vein);
        colour = blend(colour, dark, 0.55 * smooth(0.88, 1, d / edge) * (ring === 0 ? 0.4 : 1));
      }
      return colour;
    };
  },
};

export const sceneNames = Object.keys(scenes);

/** RGB bytes, row by row, with film grain. */
export function paint(name, width, height, seed) {
  const next = random(seed);
  const palette = palettes[Math.floor(next() * palettes.length)];
  const colourAt = scenes[name](next, noise(next), palette);
  const pixels = Buffer.alloc(width * height * 3);
  const aspect = width / height;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colourAt((x + 0.5) / width, (y + 0.5) / height, aspect);
      const grain = (next() - 0.5) * 0.02;
      for (let c = 0; c < 3; c++) pixels[at++] = Math.round(clamp(colour[c] + grain) * 255);
    }
  }
  return pixels;
}

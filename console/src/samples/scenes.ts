import type { Paint } from './paint';

const full = Math.PI * 2;

function sky({ draw, width, height }: Paint, ...colours: string[]): void {
  const gradient = draw.createLinearGradient(0, 0, 0, height);
  colours.forEach((colour, index) => gradient.addColorStop(index / (colours.length - 1), colour));
  draw.fillStyle = gradient;
  draw.fillRect(0, 0, width, height);
}

/** `colour` is one of hsl, as "20 100% 86%". It fades to itself: `transparent` would be black on its way there. */
function glow({ draw }: Paint, x: number, y: number, radius: number, colour: string, alpha: number): void {
  const gradient = draw.createRadialGradient(x, y, 0, x, y, radius);
  for (const stop of [0, 0.25, 0.5, 0.75, 1])
    gradient.addColorStop(stop, `hsl(${colour} / ${alpha * (1 - stop) ** 2})`);
  draw.fillStyle = gradient;
  draw.fillRect(x - radius, y - radius, radius * 2, radius * 2);
}

function disc({ draw }: Paint, x: number, y: number, radius: number, fill: string | CanvasGradient): void {
  draw.fillStyle = fill;
  draw.beginPath();
  draw.arc(x, y, radius, 0, full);
  draw.fill();
}

/** A line of hills: a few waves of different length on one another, filled down to the foot. */
function hills({ draw, width, height, next }: Paint, base: number, rise: number, fill: string): void {
  const waves = [1, 2.3, 4.7, 9.1].map((speed, index) => ({
    speed,
    phase: next() * full,
    size: rise / (index + 1) ** 1.6,
  }));
  draw.fillStyle = fill;
  draw.beginPath();
  draw.moveTo(0, height);
  for (let x = 0; x <= width; x += 2) {
    const y = waves.reduce(
      (sum, { speed, phase, size }) => sum + Math.sin((x / width) * full * speed * 0.6 + phase) * size,
      base,
    );
    draw.lineTo(x, y);
  }
  draw.lineTo(width, height);
  draw.fill();
}

export function dunes(paint: Paint): void {
  const { width, height, next } = paint;
  const hue = 18 + next() * 18;
  sky(paint, `hsl(${hue + 190} 42% 30%)`, `hsl(${hue} 62% 66%)`, `hsl(${hue + 14} 90% 82%)`);
  const [x, y] = [width * (0.2 + next() * 0.6), height * (0.3 + next() * 0.12)];
  glow(paint, x, y, height * 0.5, `${hue + 20} 100% 86%`, 0.7);
  disc(paint, x, y, height * 0.055, `hsl(${hue + 26} 100% 93%)`);
  for (let i = 0; i < 5; i++)
    hills(paint, height * (0.52 + i * 0.11), height * 0.055, `hsl(${hue - i * 3} ${58 - i * 4}% ${52 - i * 9}%)`);
}

export function moonlight(paint: Paint): void {
  const { draw, width, height, next } = paint;
  const hue = 205 + next() * 40;
  sky(paint, `hsl(${hue} 52% 10%)`, `hsl(${hue - 12} 46% 30%)`, `hsl(${hue - 24} 48% 54%)`);
  const [x, horizon] = [width * (0.25 + next() * 0.5), height * 0.6];
  for (let i = 0; i < 130; i++)
    disc(paint, next() * width, next() * horizon * 0.8, 0.4 + next() * 1.1, `rgb(255 255 255 / ${next() * 0.8})`);
  glow(paint, x, height * 0.27, height * 0.36, '220 100% 96%', 0.5);
  disc(paint, x, height * 0.27, height * 0.075, '#f4f3ea');
  hills(paint, horizon - height * 0.015, height * 0.02, `hsl(${hue} 40% 11%)`);
  draw.fillStyle = `hsl(${hue - 4} 54% 17%)`;
  draw.fillRect(0, horizon, width, height - horizon);
  for (let i = 0; i < 170; i++) {
    const depth = next() ** 1.5;
    const reach = width * (0.025 + depth * 0.13);
    draw.fillStyle = `rgb(240 240 225 / ${(1 - depth) * 0.5})`;
    draw.fillRect(
      x + (next() - 0.5) * reach * 2,
      horizon + depth * (height - horizon),
      reach * (0.2 + next() * 0.5),
      1.5,
    );
  }
}

export function forest(paint: Paint): void {
  const { draw, width, height, next } = paint;
  const hue = 120 + next() * 60;
  sky(paint, `hsl(${hue} 22% 86%)`, `hsl(${hue + 8} 24% 70%)`, `hsl(${hue} 26% 40%)`);
  glow(paint, width * next(), height * 0.12, height * 0.6, '50 100% 93%', 0.7);
  for (let layer = 0; layer < 5; layer++) {
    const near = layer / 4;
    for (let i = 0; i < 13 - layer * 2; i++) {
      const thick = width * (0.006 + near * 0.022) * (0.7 + next() * 0.6);
      draw.fillStyle = `hsl(${hue} ${14 + near * 14}% ${64 - near * 50}%)`;
      draw.fillRect(next() * width, -4, thick, height * (0.78 + near * 0.24));
    }
    hills(paint, height * (0.76 + near * 0.18), height * 0.02, `hsl(${hue} ${16 + near * 16}% ${58 - near * 46}%)`);
    draw.fillStyle = `hsl(${hue} 26% 86% / ${0.2 - near * 0.15})`;
    draw.fillRect(0, 0, width, height);
  }
}

export function planet(paint: Paint): void {
  const { draw, width, height, next } = paint;
  const hue = next() * 360;
  sky(paint, '#05060d', `hsl(${hue + 60} 40% 10%)`, '#07060f');
  for (let i = 0; i < 6; i++)
    glow(
      paint,
      next() * width,
      next() * height,
      width * (0.2 + next() * 0.3),
      `${hue + 60 + next() * 60} 70% 40%`,
      0.3,
    );
  for (let i = 0; i < 260; i++)
    disc(paint, next() * width, next() * height, 0.3 + next() * 1.1, `rgb(255 255 255 / ${next()})`);
  const [x, y, radius] = [width * (0.4 + next() * 0.2), height * (0.48 + next() * 0.1), Math.min(width, height) * 0.29];
  draw.save();
  disc(paint, x, y, radius, `hsl(${hue} 54% 52%)`);
  draw.clip();
  for (let band = -radius; band < radius; band += radius * 0.09) {
    draw.fillStyle = `hsl(${hue + next() * 34} ${44 + next() * 30}% ${36 + next() * 32}%)`;
    draw.fillRect(x - radius, y + band, radius * 2, radius * (0.04 + next() * 0.09));
  }
  const shade = draw.createRadialGradient(x - radius * 0.45, y - radius * 0.45, radius * 0.1, x, y, radius * 1.05);
  shade.addColorStop(0, 'transparent');
  shade.addColorStop(1, 'rgb(0 0 8 / 88%)');
  disc(paint, x, y, radius, shade);
  draw.restore();
  draw.lineWidth = radius * 0.05;
  draw.strokeStyle = `hsl(${hue + 30} 60% 78% / 60%)`;
  draw.beginPath();
  draw.ellipse(x, y, radius * 1.6, radius * 0.34, -0.3, -0.35, Math.PI + 0.35);
  draw.stroke();
}

export function city(paint: Paint): void {
  const { draw, width, height, next } = paint;
  const hue = 265 + next() * 70;
  sky(paint, `hsl(${hue} 60% 8%)`, `hsl(${hue + 24} 62% 26%)`, `hsl(${hue + 60} 84% 58%)`);
  for (let layer = 0; layer < 3; layer++) {
    for (let x = -20; x < width;) {
      const [wide, tall] = [width * (0.05 + next() * 0.07), height * (0.22 + next() * 0.34) * (1 - layer * 0.18)];
      const top = height * 0.82 - tall;
      draw.fillStyle = `hsl(${hue} ${42 - layer * 8}% ${19 - layer * 6}%)`;
      draw.fillRect(x, top, wide, height);
      for (let at = top + 8; layer > 0 && at < height * 0.82; at += 9) {
        for (let window = x + 5; window < x + wide - 5; window += 8) {
          if (next() > 0.42) continue;
          draw.fillStyle = `hsl(${next() > 0.7 ? 185 : hue + 70} 95% 68% / ${0.35 + next() * 0.6})`;
          draw.fillRect(window, at, 3.4, 4.4);
        }
      }
      x += wide + 2;
    }
  }
  for (let i = 0; i < 90; i++) {
    const y = height * (0.82 + next() * 0.18);
    draw.fillStyle = `hsl(${next() > 0.5 ? 185 : hue + 50} 95% 64% / 30%)`;
    draw.fillRect(next() * width, y, width * next() * 0.12, 1.6);
  }
}

export function petals(paint: Paint): void {
  const { draw, width, height, next } = paint;
  const hue = 320 + next() * 80;
  sky(paint, `hsl(${hue + 150} 26% 20%)`, `hsl(${hue + 130} 28% 12%)`);
  const size = Math.min(width, height);
  for (let flower = 0; flower < 7; flower++) {
    const [x, y, radius] = [next() * width, next() * height, size * (0.12 + next() * 0.17)];
    const tint = hue + next() * 40;
    for (let ring = 3; ring > 0; ring--) {
      const count = 6 + ring * 2;
      const turn = next() * full;
      for (let i = 0; i < count; i++) {
        draw.save();
        draw.translate(x, y);
        draw.rotate(turn + (i / count) * full);
        const long = (radius * ring) / 3;
        const colour = draw.createLinearGradient(0, 0, long, 0);
        colour.addColorStop(0, `hsl(${tint + 22} 82% 42%)`);
        colour.addColorStop(1, `hsl(${tint} 78% ${84 - ring * 5}%)`);
        draw.fillStyle = colour;
        draw.beginPath();
        draw.ellipse(long * 0.56, 0, long * 0.5, long * 0.2, 0, 0, full);
        draw.fill();
        draw.restore();
      }
    }
    disc(paint, x, y, radius * 0.13, `hsl(${tint + 60} 92% 66%)`);
  }
}

const byteUnits = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** 1.9 MB; decimal units, as disks and browsers count them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999 500 and more would round to "1000 KB".
  while (unit < byteUnits.length - 1 && value >= (unit === 0 ? 1000 : 999.5)) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${byteUnits[unit]}`;
}

/** 38 ms, 1.4 s, 12 s, 3 min. */
export function formatElapsed(ms: number): string {
  if (ms < 999.5) return `${Math.max(1, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return seconds < 119.5 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** The length of a clip: 4 s, 1:05, 1:02:33. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** 12 418, with a narrow space that does not break. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en').replaceAll(',', '\u202f');
}

export function formatCount(count: number, one: string, many: string): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** A local date and time without seconds; the exact instant belongs in the title attribute. */
export function formatTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleString(undefined, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit',
  });
}

/** "21 Dec": a local day without its year. */
export function formatDay(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
}

/** The extension of a file name in capitals, at most five letters: "JSON"; "FILE" when there is none. */
export function fileExtension(filename: string | null): string {
  const match = /\.([A-Za-z0-9]{1,5})$/.exec(filename ?? '');
  return match?.[1]?.toUpperCase() ?? 'FILE';
}

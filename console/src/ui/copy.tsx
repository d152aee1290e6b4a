import { useEffect, useState } from 'react';
import { CheckIcon, CopyIcon } from './icons';

/** The clipboard API exists on secure origins only; a server on the local network is reached by plain http. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'offscreen';
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return copied;
  }
}

interface CopyButtonProps {
  text: string;
  /** What is copied, for people who do not see where the button stands: "prompt". */
  what: string;
  /** What the button says; default: "copy". */
  label?: string;
}

export function CopyButton({ text, what, label = 'copy' }: CopyButtonProps) {
  const [result, setResult] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (result === null) return;
    const timer = setTimeout(() => setResult(null), 1600);
    return () => clearTimeout(timer);
  }, [result]);
  const word = result === 'copied' ? 'copied' : result === 'failed' ? 'select it by hand' : label;
  return (
    <button
      type="button"
      className="copy"
      aria-label={result === null ? `Copy ${what}` : `${what}: ${word}`}
      onClick={() => void copyText(text).then((copied) => setResult(copied ? 'copied' : 'failed'))}
    >
      {result === 'copied' ? <CheckIcon /> : <CopyIcon />}
      <span>{word}</span>
    </button>
  );
}

import { useEffect, useSyncExternalStore } from 'react';
import { CloseIcon, WarningIcon } from './icons';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'error';
  action: { label: string; run: () => void } | null;
}

const undoMs = 12_000;

/** Short messages at the foot of the page. Errors stay until they are dismissed, the others leave by themselves. */
export class ToastStore {
  private toasts: readonly Toast[] = [];
  private readonly listeners = new Set<() => void>();
  private nextId = 1;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  list = (): readonly Toast[] => this.toasts;

  show(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): number {
    const toast: Toast = { id: this.nextId++, text, tone: 'plain', action: null, ...options };
    this.set([...this.toasts, toast]);
    return toast.id;
  }

  dismiss(id: number): void {
    this.set(this.toasts.filter((toast) => toast.id !== id));
  }

  /** Runs the newest offered action, for Ctrl+Z. */
  undoNewest(): boolean {
    const toast = this.toasts.findLast((candidate) => candidate.action !== null);
    if (toast === undefined) return false;
    this.dismiss(toast.id);
    toast.action?.run();
    return true;
  }

  private set(toasts: readonly Toast[]): void {
    this.toasts = toasts;
    for (const listener of this.listeners) listener();
  }
}

export function Toasts({ store }: { store: ToastStore }) {
  const toasts = useSyncExternalStore(store.subscribe, store.list);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <ToastRow key={toast.id} toast={toast} store={store} />
      ))}
    </div>
  );
}

function ToastRow({ toast, store }: { toast: Toast; store: ToastStore }) {
  useEffect(() => {
    if (toast.tone === 'error') return;
    const timer = setTimeout(() => store.dismiss(toast.id), undoMs);
    return () => clearTimeout(timer);
  }, [toast, store]);
  return (
    <div className={`toast ${toast.tone}`}>
      {toast.tone === 'error' && <WarningIcon />}
      <span>{toast.text}</span>
      {toast.action !== null && (
        <button
          type="button"
          className="link"
          onClick={() => {
            store.dismiss(toast.id);
            toast.action?.run();
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button type="button" className="ghost" aria-label="Dismiss" onClick={() => store.dismiss(toast.id)}>
        <CloseIcon />
      </button>
    </div>
  );
}

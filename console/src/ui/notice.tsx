import type { ReactNode } from 'react';
import { Logo } from './icons';

interface NoticeProps {
  title: string;
  children: ReactNode;
  requestId?: string | null;
  onRetry?: () => void;
}

/** A whole page that says one thing. */
export function Notice({ title, children, requestId = null, onRetry }: NoticeProps) {
  return (
    <main className="card-page">
      <div className="card" role="alert">
        <Logo />
        <h1>{title}</h1>
        <p>{children}</p>
        {requestId !== null && <p className="dim mono">request {requestId}</p>}
        {onRetry !== undefined && (
          <button type="button" className="button" onClick={onRetry}>
            Try now
          </button>
        )}
      </div>
    </main>
  );
}

import { useCallback } from 'react';
import { api } from '../api/client';
import { messageOf } from '../api/errors';
import type { Me } from '../api/types';
import { Logo, UploadIcon } from '../ui/icons';
import type { ToastStore } from '../ui/toasts';
import { SearchBox } from './search_box';
import { parseView, type SetView } from './view';

interface HeaderProps {
  me: Me;
  q: string;
  covered: boolean;
  setView: SetView;
  onUpload: () => void;
  toasts: ToastStore;
}

export function Header({ me, q, covered, setView, onUpload, toasts }: HeaderProps) {
  // The first letter makes a step back to what was there before it; those that follow do not.
  const search = useCallback(
    (words: string) => {
      const view = parseView(location.search);
      setView({ ...view, place: 'library', q: words }, view.q.trim() === '' ? 'step' : 'replace');
    },
    [setView],
  );
  const signOut = () =>
    api.signOut().then(
      // A reload, so that nothing of this user is left in memory.
      () => location.reload(),
      (error: unknown) => toasts.show(`Signing out failed: ${messageOf(error)}`, { tone: 'error' }),
    );
  return (
    <header className="top" inert={covered}>
      <a className="brand" href="./" aria-label="Medialith">
        <Logo />
        <span>Medialith</span>
      </a>
      <SearchBox q={q} onSearch={search} onLeave={focusGrid} />
      {me.profile === 'accounts' && (
        <>
          <span className="who" title={me.email ?? me.id}>
            {me.name ?? me.email}
          </span>
          <button type="button" className="button" onClick={() => void signOut()}>
            Sign out
          </button>
        </>
      )}
      <button type="button" className="button accent upload-button" aria-label="Upload" onClick={onUpload}>
        <UploadIcon />
        <span>Upload</span>
      </button>
    </header>
  );
}

function focusGrid(): void {
  document.querySelector<HTMLElement>('[role=option][tabindex="0"]')?.focus();
}

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { api } from './api/client';
import { messageOf } from './api/errors';
import type { Asset, AssetKind, Me } from './api/types';
import { EmptyState } from './empty_state';
import { Grid } from './grid/grid';
import { Inspector } from './inspector/inspector';
import { useLibrary, type Library } from './library';
import { formatBytes, formatCount } from './ui/format';
import { DiskIcon, Logo, UploadIcon, WarningIcon } from './ui/icons';
import { useSelection } from './ui/selection';
import { Toasts, ToastStore } from './ui/toasts';
import { UploadPanel } from './uploads/panel';
import { uploads } from './uploads/uploads';
import { useIntake, useLeaveWarning } from './uploads/use_intake';

const narrow = '(max-width: 760px)';

export function LibraryPage({ me }: { me: Me }) {
  const [toasts] = useState(() => new ToastStore());
  const library = useLibrary(toasts);
  const [selectedId, select] = useSelection();
  const covers = useMedia(narrow) && selectedId !== null;
  const rows = useSyncExternalStore(uploads.subscribe, uploads.rows);
  const hovering = useIntake(toasts);
  useLeaveWarning(rows.some(({ state }) => ['waiting', 'sending', 'keeping', 'paused'].includes(state.kind)));
  const scroller = useRef<HTMLElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const choose = useCallback(() => picker.current?.click(), []);

  const remove = (asset: Asset) => {
    // Deleting keeps position: the inspector goes on to the next one.
    if (asset.id === selectedId) {
      const at = library.assets.findIndex((other) => other.id === asset.id);
      select((library.assets[at + 1] ?? library.assets[at - 1])?.id ?? null);
    }
    library.remove(asset);
  };
  usePageKeys({ library, selectedId, select, remove, toasts });

  return (
    <div className={`shell${selectedId === null ? '' : ' inspecting'}`}>
      <Header me={me} library={library} covered={covers} onUpload={choose} toasts={toasts} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          uploads.add([...(event.target.files ?? [])]);
          // The same file may be chosen again.
          event.target.value = '';
        }}
      />
      <main ref={scroller} inert={covers}>
        {library.unreachable && <Unreachable />}
        <Content me={me} library={library} onChoose={choose} />
        <Grid
          assets={library.assets}
          hasMore={library.hasMore}
          selectedId={selectedId}
          scroller={scroller}
          onSelect={select}
          onDelete={remove}
          onNearEnd={library.moreError === null ? library.loadMore : noop}
        />
        <More library={library} />
      </main>
      {selectedId !== null && (
        <Inspector
          id={selectedId}
          known={library.assets.find((asset) => asset.id === selectedId)}
          covers={covers}
          onClose={() => select(null)}
          onDelete={remove}
        />
      )}
      <StatusLine me={me} library={library} />
      <div className="floating">
        <Toasts store={toasts} />
        <UploadPanel rows={rows} onOpen={select} />
      </div>
      {hovering && <div className="drop-veil" aria-hidden="true"><div><UploadIcon />Drop to keep</div></div>}
    </div>
  );
}

function noop(): void {}

function useMedia(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query]);
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    () => list.matches,
  );
}

interface PageKeys {
  library: Library;
  selectedId: string | null;
  select: (id: string | null) => void;
  remove: (asset: Asset) => void;
  toasts: ToastStore;
}

/** Keys that work wherever the focus is: Esc, Del and arrows for the open inspector, Ctrl+Z. The grid has its own. */
function usePageKeys({ library, selectedId, select, remove, toasts }: PageKeys): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.defaultPrevented || target.closest('input, textarea, video, audio, pre')) return;
      if ((event.ctrlKey || event.metaKey) && event.key === 'z') {
        if (toasts.undoNewest()) event.preventDefault();
        return;
      }
      if (selectedId === null || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = library.assets.findIndex((asset) => asset.id === selectedId);
      const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
      const asset = library.assets[at];
      if (event.key === 'Escape') {
        select(null);
        document.querySelector<HTMLElement>(`[data-id="${CSS.escape(selectedId)}"]`)?.focus();
      } else if (event.key === 'Delete' && asset !== undefined) {
        remove(asset);
      } else if (step !== 0 && at >= 0) {
        select(library.assets[at + step]?.id ?? selectedId);
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
}

interface HeaderProps {
  me: Me;
  library: Library;
  covered: boolean;
  onUpload: () => void;
  toasts: ToastStore;
}

function Header({ me, library, covered, onUpload, toasts }: HeaderProps) {
  const signOut = () =>
    api.signOut().then(
      // A reload, so that nothing of this user is left in memory.
      () => location.reload(),
      (error: unknown) => toasts.show(`Signing out failed: ${messageOf(error)}`, { tone: 'error' }),
    );
  return (
    <header className="top" inert={covered}>
      <a className="brand" href="./" aria-label="Medialith"><Logo /><span>Medialith</span></a>
      <span className="counts">{countWords(library)}</span>
      {me.profile === 'accounts' && (
        <>
          <span className="who" title={me.email ?? me.id}>{me.name ?? me.email}</span>
          <button type="button" className="button" onClick={() => void signOut()}>Sign out</button>
        </>
      )}
      <button type="button" className="button accent" onClick={onUpload}><UploadIcon />Upload</button>
    </header>
  );
}

const kindWords: Record<AssetKind, [string, string]> = {
  image: ['picture', 'pictures'], video: ['clip', 'clips'], audio: ['sound', 'sounds'], file: ['file', 'files'],
};

/** Counts what is loaded and says so when there is more: the server has no totals to show yet. */
function countWords({ assets, hasMore }: Library): string {
  const words = (Object.keys(kindWords) as AssetKind[]).flatMap((kind) => {
    const count = assets.filter((asset) => asset.kind === kind).length;
    return count === 0 ? [] : [formatCount(count, ...kindWords[kind])];
  });
  const failed = assets.filter((asset) => asset.state === 'failed' || asset.state === 'missing').length;
  if (failed > 0) words.push(`${failed} failed`);
  if (hasMore) words.push('more below');
  return words.join(' · ');
}

function Content({ me, library, onChoose }: { me: Me; library: Library; onChoose: () => void }) {
  if (library.loading) return <div className="skeleton" aria-busy="true" aria-label="Loading" />;
  if (library.error !== null) {
    return (
      <div className="empty" role="alert">
        <h1>The list could not be loaded</h1>
        <p className="dim">{library.error.message}</p>
        <button type="button" className="button" onClick={library.retry}>Try again</button>
      </div>
    );
  }
  return library.assets.length === 0 ? <EmptyState me={me} onChoose={onChoose} /> : null;
}

function More({ library }: { library: Library }) {
  if (library.moreError !== null) {
    return (
      <p className="more" role="alert">
        <WarningIcon />{library.moreError.message}
        <button type="button" className="link" onClick={library.loadMore}>Load more</button>
      </p>
    );
  }
  return library.loadingMore ? <p className="more dim" role="status">Loading more …</p> : null;
}

function Unreachable() {
  return (
    <p className="banner" role="alert">
      <WarningIcon />
      <span>
        The server at <code>{location.host}</code> does not answer. What it has acknowledged is on its disk; this page
        tries again every few seconds.
      </span>
    </p>
  );
}

/** Only what is known: where the files are, and how much of them this page has seen. */
function StatusLine({ me, library }: { me: Me; library: Library }) {
  const bytes = library.assets.reduce((sum, asset) => sum + (asset.size ?? 0), 0);
  const count = formatCount(library.assets.length, 'item', 'items');
  return (
    <footer className="status">
      <span className={library.unreachable ? 'lamp off' : 'lamp'} aria-hidden="true" />
      <span>
        {library.unreachable ? 'no connection to ' : <span className="wide">kept on the disk of </span>}
        <code>{location.host}</code>
      </span>
      <span className="wide dot">{me.profile === 'single' ? 'one owner, no login' : (me.email ?? me.id)}</span>
      <span className="push"><DiskIcon />{library.hasMore ? `${count} shown` : count} · {formatBytes(bytes)}</span>
    </footer>
  );
}

import type { Me } from '../api/types';
import { formatTime } from '../ui/format';
import { WarningIcon } from '../ui/icons';
import type { ToastStore } from '../ui/toasts';
import { EmptyState } from './empty_state';
import type { List } from './list';
import { isNarrowed, wholeLibrary, type SetView, type View } from './view';

interface ContentProps {
  me: Me;
  view: View;
  list: List;
  setView: SetView;
  onChoose: () => void;
  toasts: ToastStore;
}

/** What stands in place of the grid: loading, why it failed, or why there is nothing. */
export function Content({ me, view, list, setView, onChoose, toasts }: ContentProps) {
  if (list.loading) return <div className="skeleton" role="status" aria-label="Loading" />;
  if (list.error !== null) {
    return (
      <div className="empty" role="alert">
        <h1>The list could not be loaded</h1>
        <p className="dim">{list.error.message}</p>
        <button type="button" className="button" onClick={list.retry}>
          Try again
        </button>
      </div>
    );
  }
  if (list.items.length > 0 || list.stale) return null;
  if (view.place === 'trash') {
    return (
      <div className="empty">
        <h1>The trash is empty</h1>
        <p className="dim">What you delete stays here for a while, and can be brought back.</p>
        <button type="button" className="button" onClick={() => setView(wholeLibrary, 'step')}>
          Back to the library
        </button>
      </div>
    );
  }
  if (isNarrowed(view)) {
    return (
      <div className="empty">
        <h1>Nothing found</h1>
        <p className="dim">
          Every word has to be in the prompt, the model, the provider or a file’s name, and every filter has to hold.
        </p>
        <button type="button" className="button" onClick={() => setView(wholeLibrary, 'step')}>
          Show all
        </button>
      </div>
    );
  }
  return <EmptyState me={me} onChoose={onChoose} toasts={toasts} />;
}

export function More({ list }: { list: List }) {
  if (list.moreError !== null) {
    return (
      <p className="more" role="alert">
        <WarningIcon />
        {list.moreError.message}
        <button type="button" className="link" onClick={list.loadMore}>
          Load more
        </button>
      </p>
    );
  }
  return list.loadingMore ? (
    <p className="more dim" role="status">
      Loading more …
    </p>
  ) : null;
}

export function Unreachable({ answeredAt }: { answeredAt: number }) {
  return (
    <p className="banner" role="alert">
      <WarningIcon />
      <span>
        The server at <code>{location.host}</code> does not answer. What it has acknowledged is on its disk; this page
        tries again every few seconds.
        {answeredAt > 0 && <> It last answered {formatTime(new Date(answeredAt).toISOString())}.</>}
      </span>
    </p>
  );
}

import type { Me, Usage } from '../api/types';
import { formatBytes, formatCount, formatTime } from '../ui/format';
import { KeyboardIcon, TrashIcon } from '../ui/icons';
import { useTrashFacts, useUsage, type TrashFacts } from './facets';
import type { List } from './list';
import { wholeLibrary, wholeTrash, type SetView, type View } from './view';

interface StatusLineProps {
  me: Me;
  view: View;
  list: List;
  setView: SetView;
  onHelp: () => void;
}

/** Only what the server has said: who keeps how much, whether it answers, what is free, what the trash holds. */
export function StatusLine({ me, view, list, setView, onHelp }: StatusLineProps) {
  const trash = useTrashFacts();
  const usage = useUsage();
  const inTrash = view.place === 'trash';
  return (
    <footer className="status">
      <span className={list.unreachable ? 'lamp off' : 'lamp'} aria-hidden="true" />
      <span className="kept-by">
        {list.unreachable ? 'no connection to ' : <span className="wide">kept by </span>}
        <code>{location.host}</code>
      </span>
      {list.unreachable && list.answeredAt > 0 && (
        <span className="wide dot">last answer {formatTime(new Date(list.answeredAt).toISOString())}</span>
      )}
      <span className="wide dot">{me.profile === 'single' ? 'one owner, no login' : (me.email ?? me.id)}</span>
      {usage !== undefined && <span className="wide dot">{spaceWords(usage)}</span>}
      <span className="push">
        <button
          type="button"
          className="link"
          aria-pressed={inTrash}
          onClick={() => setView(inTrash ? wholeLibrary : wholeTrash, 'step')}
        >
          <TrashIcon />
          <TrashWords trash={trash} />
        </button>
        <button type="button" className="ghost" aria-label="Keys" title="Keys: ?" onClick={onHelp}>
          <KeyboardIcon />
        </button>
      </span>
    </footer>
  );
}

/** "1.2 GB kept, 212 GB free". */
function spaceWords({ estimatedSize, maxSize }: Usage): string {
  const kept = `${formatBytes(estimatedSize)} kept`;
  return maxSize === null ? kept : `${kept}, ${formatBytes(maxSize - estimatedSize)} free`;
}

function TrashWords({ trash }: { trash: TrashFacts | undefined }) {
  if (trash === undefined || trash.files === 0) return 'Trash';
  return (
    <span>
      {formatCount(trash.files, 'file', 'files')} in the trash
      {trash.days !== null && trash.days > 0 && (
        <span className="wide">, each for {formatCount(trash.days, 'day', 'days')}</span>
      )}
    </span>
  );
}

import { memo, useState } from 'react';
import { contentUrl } from '../api/client';
import { useGeneration } from '../api/queries';
import type { Asset } from '../api/types';
import { recipeLine } from '../inspector/facts';
import { formatBytes, formatElapsed } from '../ui/format';
import { CheckIcon, CloseIcon, FileIcon, MinimiseIcon, RaiseIcon, RetryIcon, WarningIcon } from '../ui/icons';
import { Original } from '../ui/original';
import { summarise, type UploadRow, type UploadState, type UploadSummary } from './queue';
import { uploads } from './uploads';

interface UploadPanelProps {
  rows: readonly UploadRow[];
  onOpen: (id: string) => void;
}

/** One row per file. What failed stays until it is dismissed or sent again with success. */
export function UploadPanel({ rows, onOpen }: UploadPanelProps) {
  const [folded, setFolded] = useState(false);
  if (rows.length === 0) return null;
  const summary = summarise(rows);
  return (
    <section className="uploads" aria-label="Uploads">
      <header>
        <span role="status" aria-live="polite">{headline(summary)}</span>
        {summary.stored > 0 && (
          <button type="button" className="link" onClick={() => uploads.clearStored()}>
            {summary.failed > 0 ? 'Clear kept' : 'Clear'}
          </button>
        )}
        <button
          type="button"
          className="ghost"
          aria-label={folded ? 'Show the list of uploads' : 'Fold the list of uploads'}
          aria-expanded={!folded}
          onClick={() => setFolded(!folded)}
        >
          {folded ? <RaiseIcon /> : <MinimiseIcon />}
        </button>
      </header>
      {summary.underWay > 0 && <progress max={1} value={summary.progress} aria-label="All uploads" />}
      {!folded && (
        <ul>
          {newestTroubleFirst(rows).map((row) => <Row key={row.id} row={row} onOpen={onOpen} />)}
        </ul>
      )}
    </section>
  );
}

function headline({ total, underWay, stored, failed }: UploadSummary): string {
  const parts: string[] = [];
  if (underWay > 0) parts.push(`${stored} of ${total} kept`);
  else if (stored > 0) parts.push(`${stored} kept`);
  if (failed > 0) parts.push(`${failed} not kept`);
  return parts.join(' · ');
}

/** Failures stand on top, where a long list cannot hide them. */
function newestTroubleFirst(rows: readonly UploadRow[]): UploadRow[] {
  const failed = (row: UploadRow) => row.state.kind === 'refused' || row.state.kind === 'broken';
  return [...rows.filter(failed), ...rows.filter((row) => !failed(row))];
}

const Row = memo(function Row({ row, onOpen }: { row: UploadRow; onOpen: (id: string) => void }) {
  const { state } = row;
  const asset = state.kind === 'kept' || state.kind === 'duplicate' ? state.asset : null;
  const failed = state.kind === 'refused' || state.kind === 'broken';
  return (
    <li className={`upload ${state.kind}`} data-state={state.kind}>
      <Thumbnail asset={asset} failed={failed} />
      <div className="upload-text">
        <div className="upload-line">
          {asset === null ? (
            <span className="name" title={row.name}>{row.name}</span>
          ) : (
            <button type="button" className="name" title={row.name} onClick={() => onOpen(asset.id)}>{row.name}</button>
          )}
          <span className="dim">{formatBytes(row.size)}</span>
        </div>
        <Status row={row} />
        {asset !== null && <RecipeLine generationId={asset.generationId} />}
      </div>
      {failed && (
        <button type="button" className="ghost" aria-label={`Try ${row.name} again`} title="Try again" onClick={() => uploads.retry(row.id)}>
          <RetryIcon />
        </button>
      )}
      {asset === null && (
        <button
          type="button"
          className="ghost"
          aria-label={failed ? `Dismiss ${row.name}` : `Cancel ${row.name}`}
          title={failed ? 'Dismiss' : 'Cancel'}
          onClick={() => uploads.remove(row.id)}
        >
          <CloseIcon />
        </button>
      )}
    </li>
  );
});

function Status({ row }: { row: UploadRow }) {
  const words = statusWords(row.state, row.size);
  if (row.state.kind === 'sending') {
    return (
      <div className="upload-bar">
        <progress max={Math.max(1, row.size)} value={row.state.sent} aria-label={`${row.name}: ${words}`} />
        <span className="dim">{words}</span>
      </div>
    );
  }
  const request = row.state.kind === 'refused' ? row.state.requestId : null;
  return (
    <div className="upload-status" title={request === null ? undefined : `request ${request}`}>{words}</div>
  );
}

function statusWords(state: UploadState, size: number): string {
  switch (state.kind) {
    case 'waiting': return 'waiting';
    case 'sending': return size === 0 ? '' : `${Math.floor((state.sent / size) * 100)} %`;
    case 'keeping': return 'sent · being written to disk …';
    case 'paused': return `${state.reason} Goes on by itself in ${state.seconds} s.`;
    case 'kept': return `kept · on disk · ${formatElapsed(state.ms)}`;
    case 'duplicate': return 'already here';
    case 'refused': return `not kept: ${state.reason}`;
    case 'broken': return `no answer: ${state.reason}`;
  }
}

function Thumbnail({ asset, failed }: { asset: Asset | null; failed: boolean }) {
  const url = asset !== null && asset.kind === 'image' ? contentUrl(asset) : null;
  if (url !== null) {
    return <Original className="thumb" url={url} alt="" width={36} height={36} />;
  }
  return <span className="thumb">{failed ? <WarningIcon /> : asset === null ? <FileIcon /> : <CheckIcon />}</span>;
}

/** What the file itself said about how it was made. */
function RecipeLine({ generationId }: { generationId: string | null }) {
  const generation = useGeneration(generationId);
  const line = generation.data === undefined ? null : recipeLine(generation.data);
  if (line === null) return null;
  return (
    <div className="upload-recipe" title={`${line.prompt}\n${line.origin}`}>
      <span>{line.prompt}</span>
      <span>{line.origin}</span>
    </div>
  );
}

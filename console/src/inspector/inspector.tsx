import { useEffect, useRef } from 'react';
import { downloadUrl } from '../api/client';
import { messageOf } from '../api/errors';
import { useAsset, useGeneration } from '../api/queries';
import { generationPrefix, itemOfAsset, itemOfGeneration, nameOf, type Item } from '../grid/item';
import type { Actions } from '../library/actions';
import { CloseIcon, DownloadIcon, TrashIcon, WarningIcon } from '../ui/icons';
import { FileSection } from './file_section';
import { Making } from './making';
import { Marks } from './marks';
import { Parameters } from './parameters';
import { Preview } from './preview';
import { SameRecipe } from './same_recipe';

interface InspectorProps {
  id: string;
  /** The item when the grid has it; else it is asked for. */
  known: Item | undefined;
  /** What was searched for, to mark it. */
  q: string;
  /** The panel covers the page (a phone), so the focus moves into it. */
  covers: boolean;
  actions: Actions;
  onOpen: (id: string | null) => void;
}

export function Inspector({ id, known, q, covers, actions, onOpen }: InspectorProps) {
  const asked = useItem(known === undefined ? id : null);
  const item = known ?? asked.item;
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (covers) close.current?.focus();
  }, [covers]);
  return (
    <aside className="inspector" aria-label="Inspector">
      <header>
        <h2 title={item && nameOf(item)}>{item ? nameOf(item) : 'Asset'}</h2>
        <button
          ref={close}
          type="button"
          className="ghost"
          aria-label="Close inspector"
          title="Esc"
          onClick={() => onOpen(null)}
        >
          <CloseIcon />
        </button>
      </header>
      {item !== undefined ? (
        <Details key={item.id} item={item} q={q} actions={actions} onOpen={onOpen} />
      ) : (
        <p className="pad dim" role="status">
          {asked.error === null ? 'Loading …' : messageOf(asked.error)}
        </p>
      )}
    </aside>
  );
}

/** One item that the loaded list does not hold, such as one that a link names. */
function useItem(id: string | null): { item: Item | undefined; error: Error | null } {
  const ofGeneration = id?.startsWith(generationPrefix) === true;
  const asset = useAsset(ofGeneration ? null : id);
  const generationId = ofGeneration
    ? (id as string).slice(generationPrefix.length)
    : (asset.data?.generationId ?? null);
  const generation = useGeneration(generationId);
  if (asset.data !== undefined) return { item: itemOfAsset(asset.data, generation.data ?? null), error: null };
  const item = ofGeneration && generation.data !== undefined ? itemOfGeneration(generation.data) : undefined;
  return { item, error: ofGeneration ? generation.error : asset.error };
}

interface DetailsProps {
  item: Item;
  q: string;
  actions: Actions;
  onOpen: (id: string) => void;
}

function Details({ item, q, actions, onOpen }: DetailsProps) {
  const { asset } = item;
  const asked = useGeneration(asset?.generationId ?? item.generation?.id ?? null);
  const generation = asked.data;
  return (
    <>
      <div className="details">
        {asset !== null && <Preview asset={asset} />}
        {generation !== undefined && (
          <>
            <Marks item={{ ...item, generation }} actions={actions} />
            <Making generation={generation} q={q} />
          </>
        )}
        {asked.error !== null && (
          <p className="problem" role="alert">
            <WarningIcon />
            <span>The recipe could not be loaded: {messageOf(asked.error)}</span>
          </p>
        )}
        {/* What comes later stands below what is there: nothing is pushed away while it is read. */}
        {asset !== null && !asked.isLoading && <FileSection asset={asset} />}
        {generation !== undefined && (
          <>
            <Parameters generation={generation} />
            <SameRecipe generation={generation} onOpen={onOpen} />
          </>
        )}
      </div>
      <footer className="actions">
        {asset?.state === 'ready' && (
          <a className="button accent" href={downloadUrl(asset)} download={asset.filename ?? ''}>
            <DownloadIcon />
            Download original
          </a>
        )}
        <button type="button" className="button" onClick={() => actions.remove([item])} title="Del">
          <TrashIcon />
          Delete
        </button>
      </footer>
    </>
  );
}

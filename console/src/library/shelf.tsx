import { useEffect, useRef } from 'react';
import type { Facets, Me } from '../api/types';
import { Grid } from '../grid/grid';
import type { Selected } from '../grid/selected';
import type { ItemKeys } from '../grid/use_grid_keys';
import type { ToastStore } from '../ui/toasts';
import { Content, More } from './content';
import { totalOf } from './facets';
import type { List } from './list';
import type { SetView, View } from './view';

interface ShelfProps {
  me: Me;
  view: View;
  list: List;
  facets: Facets | undefined;
  covered: boolean;
  keys: ItemKeys;
  toasts: ToastStore;
  openId: string | null;
  open: (id: string) => void;
  selected: Selected;
  select: (selected: Selected) => void;
  setView: SetView;
  onChoose: () => void;
}

/** The part that scrolls: the grid, or what stands in its place. */
export function Shelf(props: ShelfProps) {
  const { me, view, list, facets, covered, keys, toasts, openId, open, selected, select, setView, onChoose } = props;
  const scroller = useRef<HTMLElement>(null);
  // Another list begins at its beginning.
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [view]);
  const trash = view.place === 'trash';
  return (
    <main ref={scroller} inert={covered} className={list.stale ? 'stale' : ''} aria-busy={list.stale || list.loading}>
      <Content me={me} view={view} list={list} setView={setView} onChoose={onChoose} toasts={toasts} />
      {list.items.length > 0 && <h1 className="unseen">{trash ? 'Trash' : 'Library'}</h1>}
      {list.items.length > 0 && (
        <Grid
          items={list.items}
          total={totalOf(facets, view)}
          hasMore={list.hasMore}
          label={trash ? 'Trash' : 'Stored files'}
          openId={openId}
          selected={selected}
          found={view.q.trim() !== ''}
          scroller={scroller}
          onOpen={trash ? (id) => select(new Set([...selected, id])) : open}
          onSelect={select}
          onNearEnd={list.moreError === null ? list.loadMore : noop}
          keys={keys}
        />
      )}
      <More list={list} />
    </main>
  );
}

function noop(): void {}

import { useCallback, useMemo, useRef, useState, useSyncExternalStore, type RefObject } from 'react';
import type { Me } from '../api/types';
import type { Item } from '../grid/item';
import { noneSelected, type Selected } from '../grid/selected';
import type { ItemKeys } from '../grid/use_grid_keys';
import { Inspector } from '../inspector/inspector';
import { Confirm, type Question } from '../ui/confirm';
import { UploadIcon } from '../ui/icons';
import { useSingleKeys } from '../ui/single_keys';
import { Toasts, ToastStore } from '../ui/toasts';
import { UploadPanel } from '../uploads/panel';
import { uploads } from '../uploads/uploads';
import { useIntake, useLeaveWarning } from '../uploads/use_intake';
import { useActions, type Actions } from './actions';
import { Bar } from './bar';
import { useChanges } from './changes';
import { Unreachable } from './content';
import { useFacets } from './facets';
import { Header } from './header';
import { useList, type List } from './list';
import { useOpened } from './opened';
import { usePageKeys } from './page_keys';
import { Shelf } from './shelf';
import { Shortcuts } from './shortcuts';
import { StatusLine } from './status_line';
import { formatView, useView, type View } from './view';

const narrow = '(max-width: 760px)';

export function LibraryPage({ me }: { me: Me }) {
  const [toasts] = useState(() => new ToastStore());
  const [question, ask] = useState<Question | null>(null);
  const [helping, setHelping] = useState(false);
  const [view, setView] = useView();
  const [inHash, open] = useOpened();
  // What lies in the trash has nothing more to show than its tile.
  const openId = view.place === 'library' ? inHash : null;
  const changes = useChanges(toasts);
  const list = useShownList(view, changes.hidden[view.place]);
  const { items } = list;
  const { selected, selectedItems, select } = useSelected(view, items);
  const facets = useFacets(view);
  const actions = useKeptPlace(useActions(changes, ask), { items, openId, open, select });
  const keys = useItemKeys(view, actions);
  usePageKeys({ items, openId, open, selected, select, keys, toasts, help: () => setHelping(true) });
  const covers = useMedia(narrow) && openId !== null;
  const picker = useRef<HTMLInputElement>(null);
  const choose = useCallback(() => picker.current?.click(), []);
  const bar = { view, list, facets, actions, covered: covers, setView };

  return (
    <div className={`shell${openId === null ? '' : ' inspecting'}`}>
      <Header me={me} q={view.q} covered={covers} setView={setView} onUpload={choose} toasts={toasts} />
      <Bar {...bar} selected={selectedItems} onClear={() => select(noneSelected)} />
      <Shelf {...{ me, ...bar, keys, toasts, openId, open, selected, select }} onChoose={choose} />
      {list.unreachable && <Unreachable answeredAt={list.answeredAt} />}
      {openId !== null && (
        <Inspector
          id={openId}
          known={items.find((item) => item.id === openId)}
          q={view.q}
          covers={covers}
          actions={actions}
          onOpen={open}
        />
      )}
      <StatusLine me={me} view={view} list={list} setView={setView} onHelp={() => setHelping(true)} />
      <Intake picker={picker} toasts={toasts} onOpen={open} />
      {question !== null && <Confirm question={question} onClose={() => ask(null)} />}
      {helping && <Shortcuts onClose={() => setHelping(false)} />}
    </div>
  );
}

interface IntakeProps {
  picker: RefObject<HTMLInputElement | null>;
  toasts: ToastStore;
  onOpen: (id: string) => void;
}

/** The ways in for files, and what floats over the page while they come. */
function Intake({ picker, toasts, onOpen }: IntakeProps) {
  const rows = useSyncExternalStore(uploads.subscribe, uploads.rows);
  const hovering = useIntake(toasts);
  useLeaveWarning(rows.some(({ state }) => ['waiting', 'sending', 'keeping', 'paused'].includes(state.kind)));
  return (
    <>
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
      <div className="floating">
        <Toasts store={toasts} />
        <UploadPanel rows={rows} onOpen={onOpen} />
      </div>
      {hovering && (
        <div className="drop-veil" aria-hidden="true">
          <div><UploadIcon />Drop to keep</div>
        </div>
      )}
    </>
  );
}

interface Place {
  items: readonly Item[];
  openId: string | null;
  open: (id: string | null) => void;
  select: (selected: Selected) => void;
}

/** Deleting keeps position: the inspector goes on to the next item that stays. */
function useKeptPlace(all: Actions, { items, openId, open, select }: Place): Actions {
  return useMemo(
    () => ({
      ...all,
      remove: (leaving) => {
        const gone = new Set(leaving.map((item) => item.id));
        if (openId !== null && gone.has(openId)) {
          const stays = (item: Item) => !gone.has(item.id);
          const at = items.findIndex((item) => item.id === openId);
          open((items.slice(at).find(stays) ?? items.slice(0, at).findLast(stays))?.id ?? null);
        }
        // What Undo brings back comes back as it is, not as a selection.
        select(noneSelected);
        all.remove(leaving);
      },
    }),
    [all, items, openId, open, select],
  );
}

/** What single keys do in this view; letters and digits can be turned off. */
function useItemKeys({ place }: View, { purge, remove, favorite, rate }: Actions): ItemKeys {
  const [singleKeys] = useSingleKeys();
  return useMemo(() => {
    const marks = place === 'library' && singleKeys;
    return { remove: place === 'trash' ? purge : remove, favorite: marks ? favorite : null, rate: marks ? rate : null };
  }, [place, singleKeys, purge, remove, favorite, rate]);
}

/** The list without what has just left it. */
function useShownList(view: View, hidden: ReadonlySet<string>): List {
  const list = useList(view);
  const items = useMemo(
    () => (hidden.size === 0 ? list.items : list.items.filter((item) => !hidden.has(item.id))),
    [list.items, hidden],
  );
  return { ...list, items };
}

interface Selection {
  selected: Selected;
  selectedItems: readonly Item[];
  select: (selected: Selected) => void;
}

/** Of one view: another one begins with nothing selected. What has left the list is selected no more. */
function useSelected(view: View, items: readonly Item[]): Selection {
  const [state, setState] = useState({ name: '', chosen: noneSelected });
  const name = formatView(view);
  const chosen = state.name === name ? state.chosen : noneSelected;
  const select = useCallback((next: Selected) => setState({ name, chosen: next }), [name]);
  const selectedItems = useMemo(
    () => (chosen.size === 0 ? [] : items.filter((item) => chosen.has(item.id))),
    [items, chosen],
  );
  const selected = useMemo(() => new Set(selectedItems.map((item) => item.id)), [selectedItems]);
  return { selected, selectedItems, select };
}

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

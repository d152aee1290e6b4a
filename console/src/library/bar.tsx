import type { Facets } from '../api/types';
import type { Item } from '../grid/item';
import { formatCount } from '../ui/format';
import { TrashIcon } from '../ui/icons';
import type { Actions } from './actions';
import { FacetBar } from './facet_bar';
import { countWords, failedCount } from './facets';
import type { List } from './list';
import { SelectionBar, selectedWords } from './selection_bar';
import { isNarrowed, toggled, wholeLibrary, type SetView, type View } from './view';

interface BarProps {
  view: View;
  list: List;
  facets: Facets | undefined;
  selected: readonly Item[];
  actions: Actions;
  covered: boolean;
  setView: SetView;
  onClear: () => void;
}

/** Under the header: how much there is, and what can be done to the list or to what is selected of it. */
export function Bar({ view, list, facets, selected, actions, covered, setView, onClear }: BarProps) {
  const selecting = selected.length > 0;
  // Of an empty library there is nothing to filter.
  const filtering = !selecting && view.place === 'library' && (isNarrowed(view) || list.items.length > 0);
  return (
    <section className={`bar${selecting ? ' selecting' : ''}`} aria-label="List" inert={covered}>
      <p className="counts" role="status">
        {selecting ? selectedWords(selected) : <Counts view={view} list={list} facets={facets} setView={setView} />}
      </p>
      {selecting && <SelectionBar items={selected} place={view.place} actions={actions} onClear={onClear} />}
      {filtering && <FacetBar view={view} facets={facets} setView={setView} />}
      {!selecting && view.place === 'trash' && (
        <div className="facets">
          {list.items.length > 0 && (
            <button type="button" className="facet" onClick={actions.emptyTrash}>
              <TrashIcon />
              Empty the trash
            </button>
          )}
          <button type="button" className="facet" onClick={() => setView(wholeLibrary, 'step')}>
            Back to the library
          </button>
        </div>
      )}
    </section>
  );
}

type CountsProps = Pick<BarProps, 'view' | 'list' | 'facets' | 'setView'>;

function Counts({ view, list, facets, setView }: CountsProps) {
  if (view.place === 'trash') {
    if (list.loading) return null;
    return `In the trash: ${formatCount(list.items.length, 'item', 'items')}${list.hasMore ? ' and more' : ''}`;
  }
  if (facets === undefined) return null;
  const words = countWords(facets, view).join(' · ');
  const failed = failedCount(facets);
  if (words === '' && failed === 0) return isNarrowed(view) ? 'Nothing found' : null;
  const onlyFailed = view.chosen.status?.includes('failed') === true;
  return (
    <>
      {words}
      {failed > 0 && !onlyFailed && (
        <>
          {words !== '' && ' · '}
          <button type="button" className="link" onClick={() => setView(toggled(view, 'status', 'failed'), 'step')}>
            {failed} failed
          </button>
        </>
      )}
    </>
  );
}

import type { Facets } from '../api/types';
import { StarIcon, StarOutlineIcon } from '../ui/icons';
import { Menu } from '../ui/menu';
import { DateMenu } from './date_menu';
import { FacetList } from './facet_list';
import { SortMenu } from './sort_menu';
import { isNarrowed, toggled, wholeLibrary, type Choice, type SetView, type View } from './view';

const own: [Choice, string][] = [
  ['type', 'Type'],
  ['model', 'Model'],
  ['lora', 'LoRA'],
  ['tag', 'Tag'],
];
const further: [Choice, string][] = [
  ['sampler', 'Sampler'],
  ['provider', 'Provider'],
  ['category', 'Category'],
  ['status', 'Status'],
];

interface FacetBarProps {
  view: View;
  facets: Facets | undefined;
  setView: SetView;
}

export function FacetBar({ view, facets, setView }: FacetBarProps) {
  const list = ([choice, name]: [Choice, string]) => (
    <FacetList
      key={choice}
      choice={choice}
      name={name}
      facets={facets}
      chosen={view.chosen[choice] ?? []}
      onToggle={(value) => setView(toggled(view, choice, value), 'step')}
    />
  );
  const count = (...names: Choice[]) => names.reduce((total, name) => total + (view.chosen[name]?.length ?? 0), 0);
  const furtherCount = count(...further.map(([choice]) => choice));
  return (
    <div className="facets" role="group" aria-label="Filters">
      {own.map(([choice, name]) => (
        <Menu key={choice} name={name} label={labelled(name, count(choice))} active={count(choice) > 0}>
          {list([choice, name])}
        </Menu>
      ))}
      <DateMenu view={view} onChange={(bounds) => setView({ ...view, ...bounds }, 'step')} />
      <Menu name="More filters" label={labelled('More', furtherCount)} active={furtherCount > 0}>
        {further.map(list)}
      </Menu>
      <SortMenu view={view} onChange={(sort) => setView({ ...view, sort }, 'step')} />
      <button
        type="button"
        className={view.favorite ? 'facet active' : 'facet'}
        aria-label="Favourites only"
        aria-pressed={view.favorite}
        onClick={() => setView({ ...view, favorite: !view.favorite }, 'step')}
      >
        {view.favorite ? <StarIcon /> : <StarOutlineIcon />}
      </button>
      {isNarrowed(view) && (
        <button type="button" className="link" onClick={() => setView(wholeLibrary, 'step')}>
          Show all
        </button>
      )}
    </div>
  );
}

const labelled = (name: string, count: number) => (count === 0 ? name : `${name} · ${count}`);

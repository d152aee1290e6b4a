import { Menu } from '../ui/menu';
import { isLatestFirst, sortsOf, type Sort, type View } from './view';

const names: Record<Sort, string> = {
  '-createdAt': 'Newest first',
  createdAt: 'Oldest first',
  '-updatedAt': 'Changed last first',
  updatedAt: 'Changed last at the end',
  '-size': 'Largest first',
  size: 'Smallest first',
  '-duration': 'Longest first',
  duration: 'Shortest first',
  '-cost': 'Most expensive first',
  cost: 'Cheapest first',
  relevance: 'Best match first',
};

interface SortMenuProps {
  view: View;
  onChange: (sort: Sort) => void;
}

export function SortMenu({ view, onChange }: SortMenuProps) {
  return (
    <Menu name="Sort" label="Sort" active={!isLatestFirst(view)}>
      <fieldset className="values">
        <legend>Sort</legend>
        {sortsOf(view).map((sort) => (
          <label key={sort} className="check">
            <input type="radio" name="sort" checked={view.sort === sort} onChange={() => onChange(sort)} />
            <span>{names[sort]}</span>
          </label>
        ))}
      </fieldset>
    </Menu>
  );
}

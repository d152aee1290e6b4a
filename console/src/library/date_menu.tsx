import { Menu } from '../ui/menu';
import type { View } from './view';

/** The local day so many days ago, YYYY-MM-DD. */
export function daysAgo(days: number, now = new Date()): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

interface DateMenuProps {
  view: View;
  onChange: (bounds: Pick<View, 'from' | 'to'>) => void;
}

export function DateMenu({ view: { from, to }, onChange }: DateMenuProps) {
  const active = from !== '' || to !== '';
  const presets: [string, string][] = [
    ['Today', daysAgo(0)],
    ['7 days', daysAgo(6)],
    ['30 days', daysAgo(29)],
    ['This year', `${new Date().getFullYear()}-01-01`],
  ];
  return (
    <Menu name="Date" label="Date" active={active} className="dates">
      <div className="presets">
        {presets.map(([name, first]) => (
          <button
            key={name}
            type="button"
            className="facet"
            aria-pressed={from === first && to === ''}
            onClick={() => onChange({ from: first, to: '' })}
          >
            {name}
          </button>
        ))}
      </div>
      <label>
        From
        <input type="date" value={from} max={to} onChange={({ target }) => onChange({ from: target.value, to })} />
      </label>
      <label>
        To
        <input type="date" value={to} min={from} onChange={({ target }) => onChange({ from, to: target.value })} />
      </label>
      {active && (
        <button type="button" className="link" onClick={() => onChange({ from: '', to: '' })}>
          Any date
        </button>
      )}
    </Menu>
  );
}

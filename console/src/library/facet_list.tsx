import { useState } from 'react';
import type { Facets, FacetValue } from '../api/types';
import { formatNumber } from '../ui/format';
import { valuesOf } from './facets';
import type { Choice } from './view';

/** Longer lists get a box to narrow them. */
const longList = 10;
const kindNames: Record<string, string> = { image: 'Pictures', video: 'Clips', audio: 'Sounds', file: 'Other files' };

export function nameOfValue(choice: Choice, value: string): string {
  return choice === 'type' ? (kindNames[value] ?? value) : value;
}

interface FacetListProps {
  choice: Choice;
  /** Of the list: "Model". */
  name: string;
  facets: Facets | undefined;
  chosen: readonly string[];
  onToggle: (value: string) => void;
}

/** The values of one filter with how many there are of each. */
export function FacetList({ choice, name, facets, chosen, onToggle }: FacetListProps) {
  const [narrowedTo, setNarrowedTo] = useState('');
  const values = valuesOf(facets, choice, chosen);
  const wanted = narrowedTo.trim().toLowerCase();
  const shown = values.filter(({ value }) => nameOfValue(choice, value).toLowerCase().includes(wanted));
  return (
    <fieldset className="values">
      <legend>{name}</legend>
      {values.length > longList && (
        <input
          type="text"
          aria-label={`Narrow the list: ${name}`}
          placeholder="Narrow the list"
          value={narrowedTo}
          onChange={({ target }) => setNarrowedTo(target.value)}
        />
      )}
      {values.length === 0 && <p className="dim">Nothing here has one.</p>}
      {shown.map((value) => (
        <Value
          key={value.value}
          value={value}
          name={nameOfValue(choice, value.value)}
          checked={chosen.includes(value.value)}
          onToggle={() => onToggle(value.value)}
        />
      ))}
    </fieldset>
  );
}

interface ValueProps {
  value: FacetValue;
  name: string;
  checked: boolean;
  onToggle: () => void;
}

function Value({ value, name, checked, onToggle }: ValueProps) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={onToggle} />
      <span title={name}>{name}</span>
      <span className="dim">{formatNumber(value.count)}</span>
    </label>
  );
}

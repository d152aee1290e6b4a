import { memo, type CSSProperties } from 'react';
import { Highlighted, excerpt } from '../ui/highlighted';
import { CheckIcon, StarIcon } from '../ui/icons';
import { Face } from './face';
import { hitOf, nameOf, troubleOf, type Item } from './item';

interface TileProps {
  item: Item;
  left: number;
  top: number;
  width: number;
  height: number;
  index: number;
  /** The size of the whole list, or -1 while it is not known (aria-setsize). */
  total: number;
  /** The inspector shows it. */
  open: boolean;
  selected: boolean;
  /** Whether the Tab key stops here: one tile of the grid does. */
  tabStop: boolean;
  /** Part of a search: what was found stands under the picture. */
  found: boolean;
}

/** Numbers instead of a box: a longer list makes new boxes of the same numbers, and then nothing is drawn again. */
export const Tile = memo(function Tile({ item, left, top, width, height, index, total, ...state }: TileProps) {
  const { open, selected, tabStop, found } = state;
  const style: CSSProperties = { transform: `translate(${left}px, ${top}px)`, width, height };
  const favorite = item.generation?.favorite === true;
  return (
    <div
      role="option"
      className={`tile ${item.asset?.kind ?? 'text'}${open ? ' open' : ''}${selected ? ' selected' : ''}`}
      style={style}
      data-index={index}
      data-id={item.id}
      tabIndex={tabStop ? 0 : -1}
      aria-selected={selected}
      aria-current={open ? 'true' : undefined}
      aria-posinset={index + 1}
      aria-setsize={total}
      aria-label={labelOf(item)}
    >
      <Face item={item} width={width} height={height} />
      <span className="pick" aria-hidden="true"><CheckIcon /></span>
      {favorite && <span className="starred" aria-hidden="true"><StarIcon /></span>}
      <Caption item={item} found={found} />
    </div>
  );
});

function Caption({ item, found }: { item: Item; found: boolean }) {
  const hit = found ? hitOf(item) : null;
  if (hit !== null) {
    const short = excerpt(hit.text, hit.ranges);
    return <span className="caption found" aria-hidden="true"><span><Highlighted {...short} /></span></span>;
  }
  const { asset } = item;
  if (asset === null) return null;
  return (
    <span className="caption" aria-hidden="true">
      <span className="name">{nameOf(item)}</span>
      {asset.width !== null && asset.height !== null && <span>{asset.width}×{asset.height}</span>}
    </span>
  );
}

/** Name, kind, then what else is seen at a glance: the prompt last, because it is the longest. */
function labelOf(item: Item): string {
  const { asset, generation } = item;
  const words = [nameOf(item), asset?.kind ?? 'generation without media'];
  const trouble = troubleOf(item);
  if (trouble !== null) words.push(trouble);
  if (generation?.favorite === true) words.push('favourite');
  if (item.purgeAt !== null) words.push(`gone for good on ${new Date(item.purgeAt).toLocaleDateString()}`);
  if (asset !== null && generation !== null && generation.prompt !== '') words.push(generation.prompt.slice(0, 120));
  return words.join(', ');
}

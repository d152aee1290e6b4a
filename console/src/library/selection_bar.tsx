import type { Item } from '../grid/item';
import { formatCount } from '../ui/format';
import { CloseIcon, RestoreIcon, StarIcon, TagIcon, TrashIcon } from '../ui/icons';
import { Menu } from '../ui/menu';
import { TagChips } from './tag_chips';
import { TagForm } from './tag_form';
import type { Actions } from './actions';

interface SelectionBarProps {
  items: readonly Item[];
  place: 'library' | 'trash';
  actions: Actions;
  onClear: () => void;
}

/** What can be done to what is selected. It stands where the filters stood, so that nothing moves. */
export function SelectionBar({ items, place, actions, onClear }: SelectionBarProps) {
  return (
    <div className="facets" role="toolbar" aria-label="Selected items">
      {place === 'library' ? (
        <>
          <button type="button" className="facet" onClick={() => actions.favorite(items)}>
            <StarIcon />
            Favourite
          </button>
          <TagMenu items={items} actions={actions} />
          <button type="button" className="facet" onClick={() => actions.remove(items)}>
            <TrashIcon />
            Delete
          </button>
        </>
      ) : (
        <>
          <button type="button" className="facet" onClick={() => actions.restore(items)}>
            <RestoreIcon />
            Restore
          </button>
          <button type="button" className="facet" onClick={() => actions.purge(items)}>
            <TrashIcon />
            Delete for good
          </button>
        </>
      )}
      <button type="button" className="facet" onClick={onClear} title="Esc">
        <CloseIcon />
        Select none
      </button>
    </div>
  );
}

export function selectedWords(items: readonly Item[]): string {
  return `${formatCount(items.length, 'item', 'items')} selected`;
}

function TagMenu({ items, actions }: Pick<SelectionBarProps, 'items' | 'actions'>) {
  const tags = [...new Set(items.flatMap((item) => item.generation?.tags ?? []))].sort();
  return (
    <Menu
      name="Tags"
      label={
        <>
          <TagIcon />
          Tag
        </>
      }
    >
      <TagForm
        className="add-tag"
        label="Tag to add"
        autoFocus
        after={
          <button type="submit" className="button">
            Add
          </button>
        }
        onAdd={(tag) => actions.addTag(items, tag)}
      />
      {tags.length > 0 && (
        <TagChips tags={tags} label="Tags of the selected items" onRemove={(tag) => actions.removeTag(items, tag)} />
      )}
    </Menu>
  );
}

import { CloseIcon } from '../ui/icons';

interface TagChipsProps {
  tags: readonly string[];
  /** Of the list, for people who do not see where it stands. */
  label: string;
  onRemove: (tag: string) => void;
}

export function TagChips({ tags, label, onRemove }: TagChipsProps) {
  return (
    <ul className="chips" aria-label={label}>
      {tags.map((tag) => (
        <li key={tag} className="chip">
          <span title={tag}>{tag}</span>
          <button type="button" aria-label={`Remove the tag ${tag}`} onClick={() => onRemove(tag)}>
            <CloseIcon />
          </button>
        </li>
      ))}
    </ul>
  );
}

import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { CloseIcon, SearchIcon } from '../ui/icons';

/** So long after the last letter the search begins: shorter than a pause, longer than the gap between two letters. */
const pauseMs = 120;
export const searchBoxId = 'search';

interface SearchBoxProps {
  q: string;
  onSearch: (q: string) => void;
  /** Leads from the box to what was found. */
  onLeave: () => void;
}

export function SearchBox({ q, onSearch, onLeave }: SearchBoxProps) {
  const [text, setText] = useState(q);
  const sent = useRef(q);
  // The back button, or a cleared filter, changes what is searched for.
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setText(q);
  }, [q]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      onSearch(text);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text, onSearch]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      setText('');
    } else if (event.key === 'Enter' || event.key === 'ArrowDown' || event.key === 'Escape') {
      event.preventDefault();
      onLeave();
    }
  };
  return (
    <div className="search" role="search">
      <SearchIcon />
      <input
        id={searchBoxId}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        aria-label="Search prompts, models, seeds and file names"
        placeholder="Search prompts, models, seeds, files"
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={onKeyDown}
      />
      {text === '' ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <button type="button" className="ghost" aria-label="Clear the search" onClick={() => setText('')}>
          <CloseIcon />
        </button>
      )}
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { api } from '../api/client';
import { keys } from './cache';

interface TagFormProps {
  className: string;
  label: string;
  autoFocus?: boolean;
  before?: ReactNode;
  after?: ReactNode;
  onAdd: (tag: string) => void;
}

/** Where a tag is typed, those in use being offered. */
export function TagForm({ className, label, autoFocus = false, before, after, onAdd }: TagFormProps) {
  const [text, setText] = useState('');
  const listId = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const tag = text.trim();
    setText('');
    if (tag !== '') onAdd(tag);
  };
  return (
    <form className={className} onSubmit={submit}>
      {before}
      <input
        type="text"
        autoFocus={autoFocus}
        aria-label={label}
        placeholder="Add a tag"
        maxLength={100}
        list={listId}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <TagNames id={listId} />
      {after}
    </form>
  );
}

function TagNames({ id }: { id: string }) {
  const tags = useQuery({ queryKey: [...keys.facets, 'tags'], queryFn: ({ signal }) => api.tags(signal) });
  return (
    <datalist id={id}>
      {tags.data?.items.map(({ value }) => <option key={value} value={value} />)}
    </datalist>
  );
}

import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { keys } from './cache';

/** The tags in use, offered while one is typed. */
export function TagNames({ id }: { id: string }) {
  const tags = useQuery({ queryKey: [...keys.facets, 'tags'], queryFn: ({ signal }) => api.tags(signal) });
  return (
    <datalist id={id}>
      {tags.data?.items.map(({ value }) => <option key={value} value={value} />)}
    </datalist>
  );
}

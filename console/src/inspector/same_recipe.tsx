import { useQuery } from '@tanstack/react-query';
import { api, contentUrl } from '../api/client';
import type { Generation } from '../api/types';
import { Original } from '../ui/original';

const shown = 12;
/** A search for a whole long prompt would not fit into an address; its beginning finds the same and more. */
const mostCharacters = 400;

/** What the same prompt and model made with other seeds, newest first. */
export function SameRecipe({ generation, onOpen }: { generation: Generation; onOpen: (id: string) => void }) {
  const { prompt, modelId, id } = generation;
  const others = useQuery({
    queryKey: ['same recipe', modelId, prompt],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({
        q: prompt.slice(0, mostCharacters),
        model: modelId,
        view: 'full',
        limit: '50',
      });
      return (await api.generations(query, signal)).items.filter((other) => other.prompt === prompt);
    },
    enabled: prompt !== '',
    gcTime: 60_000,
    staleTime: 10_000,
  });
  const made = (others.data ?? []).filter((other) => other.id !== id).flatMap(picturesOf);
  if (made.length === 0) return null;
  return (
    <section>
      <h3>Same recipe, other seeds ({made.length})</h3>
      <ul className="strip">
        {made.slice(0, shown).map(({ id: assetId, url, seed }) => (
          <li key={assetId}>
            <button type="button" title={seed} onClick={() => onOpen(assetId)}>
              <Original url={url} alt={seed} width={56} height={56} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Made {
  id: string;
  url: string;
  seed: string;
}

function picturesOf(generation: Generation): Made[] {
  const seed = `seed ${generation.recipe?.seed ?? 'unknown'}`;
  return generation.assets.flatMap((asset) => {
    const url = contentUrl(asset);
    return url === null || asset.kind !== 'image' ? [] : [{ id: asset.id, url, seed }];
  });
}

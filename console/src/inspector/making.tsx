import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { prettyJson } from '../api/json';
import type { Generation } from '../api/types';
import { CopyButton } from '../ui/copy';
import { Highlighted, type Ranges } from '../ui/highlighted';
import { WarningIcon } from '../ui/icons';
import { Facts } from './fact_lines';
import { recipeFacts, recipeText } from './facts';

/** How it was made: the prompt, with what was searched for marked, and the recipe. */
export function Making({ generation, q }: { generation: Generation; q: string }) {
  const negative = generation.recipe?.negativePrompt ?? '';
  const facts = recipeFacts(generation);
  const hits = usePromptHits(generation, q.trim());
  return (
    <>
      {generation.status === 'failed' && (
        <p className="problem">
          <WarningIcon />
          {failureOf(generation)}
        </p>
      )}
      {generation.prompt !== '' && <Prompt title="Prompt" text={generation.prompt} what="prompt" ranges={hits} />}
      {negative !== '' && <Prompt title="Negative" text={negative} what="negative prompt" ranges={[]} />}
      {facts.length > 0 && (
        <section>
          <h3>
            Recipe
            <CopyButton text={recipeText(generation)} what="everything of the recipe" label="copy all" />
          </h3>
          <Facts facts={facts} />
        </section>
      )}
    </>
  );
}

/** The list holds only the beginning of a prompt, so the whole one is asked where it was hit. */
function usePromptHits(generation: Generation, q: string): Ranges {
  const hits = useQuery({
    queryKey: ['hits', generation.id, q],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ q, generation: generation.id, view: 'full', limit: '1' });
      const { items } = await api.generations(query, signal);
      // Of a prompt that was changed in between, the marks would stand in the wrong places.
      return items[0]?.prompt === generation.prompt ? (items[0].highlights?.['prompt'] ?? []) : [];
    },
    enabled: q !== '',
    gcTime: 60_000,
  });
  return hits.data ?? [];
}

function failureOf({ error }: Generation): string {
  if (typeof error === 'string') return `The generation failed: ${error}`;
  return error === null || error === undefined
    ? 'The generation failed.'
    : `The generation failed: ${prettyJson(error)}`;
}

interface PromptProps {
  title: string;
  text: string;
  what: string;
  ranges: Ranges;
}

function Prompt({ title, text, what, ranges }: PromptProps) {
  return (
    <section className="prompt">
      <h3>
        {title}
        <CopyButton text={text} what={what} />
      </h3>
      <p>
        <Highlighted text={text} ranges={ranges} />
      </p>
    </section>
  );
}

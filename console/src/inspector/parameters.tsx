import { prettyJson } from '../api/json';
import type { Generation } from '../api/types';
import { CopyButton } from '../ui/copy';
import { parametersOf } from './facts';

export function Parameters({ generation }: { generation: Generation }) {
  const parameters = parametersOf(generation);
  if (parameters === null) return null;
  const text = prettyJson(parameters);
  return (
    <details>
      <summary>Parameters</summary>
      <div className="json">
        <CopyButton text={text} what="parameters" />
        <pre tabIndex={0}>{text}</pre>
      </div>
    </details>
  );
}

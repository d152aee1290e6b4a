import { useEffect, useRef, type ReactNode } from 'react';
import { contentUrl, downloadUrl } from '../api/client';
import { messageOf } from '../api/errors';
import { prettyJson } from '../api/json';
import { useAsset, useGeneration } from '../api/queries';
import type { Asset, Generation } from '../api/types';
import { nameOf } from '../library';
import { CopyButton } from '../ui/copy';
import { formatTime } from '../ui/format';
import { AudioIcon, CloseIcon, DownloadIcon, FileIcon, TrashIcon, WarningIcon } from '../ui/icons';
import { fileFacts, parametersOf, recipeFacts, type Fact } from './facts';

interface InspectorProps {
  id: string;
  /** The asset when the grid has it; else it is asked for. */
  known: Asset | undefined;
  /** The panel covers the page (a phone), so the focus moves into it. */
  covers: boolean;
  onClose: () => void;
  onDelete: (asset: Asset) => void;
}

export function Inspector({ id, known, covers, onClose, onDelete }: InspectorProps) {
  const asked = useAsset(known === undefined ? id : null);
  const asset = known ?? asked.data;
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (covers) close.current?.focus();
  }, [covers]);
  return (
    <aside className="inspector" aria-label="Inspector">
      <header>
        <h2 title={asset && nameOf(asset)}>{asset ? nameOf(asset) : 'Asset'}</h2>
        <button ref={close} type="button" className="ghost" aria-label="Close inspector" title="Esc" onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      {asset !== undefined ? (
        <Details key={asset.id} asset={asset} onDelete={() => onDelete(asset)} />
      ) : (
        <p className="pad dim" role="status">{asked.error === null ? 'Loading …' : messageOf(asked.error)}</p>
      )}
    </aside>
  );
}

function Details({ asset, onDelete }: { asset: Asset; onDelete: () => void }) {
  const generation = useGeneration(asset.generationId);
  return (
    <>
      <div className="details">
        <Preview asset={asset} />
        {generation.data !== undefined && <Making generation={generation.data} />}
        {generation.error !== null && (
          <p className="problem" role="alert">
            <WarningIcon />The recipe could not be loaded: {messageOf(generation.error)}
          </p>
        )}
        <FileSection asset={asset} />
        {generation.data !== undefined && <Parameters generation={generation.data} />}
      </div>
      <footer className="actions">
        {asset.state === 'ready' && (
          <a className="button accent" href={downloadUrl(asset)} download={asset.filename ?? ''}>
            <DownloadIcon />Download original
          </a>
        )}
        <button type="button" className="button" onClick={onDelete} title="Del">
          <TrashIcon />Delete
        </button>
      </footer>
    </>
  );
}

function FileSection({ asset }: { asset: Asset }) {
  return (
    <section>
      <h3>File</h3>
      <Facts facts={fileFacts(asset)}>
        <Line name="Created">
          <time dateTime={asset.createdAt} title={asset.createdAt}>{formatTime(asset.createdAt)}</time>
        </Line>
        {asset.sha256 !== null && (
          <Line name="SHA-256">
            <code title={asset.sha256}>{asset.sha256}</code>
            <CopyButton text={asset.sha256} what="SHA-256" />
          </Line>
        )}
        <Line name="Id">
          <code title={asset.id}>{asset.id}</code>
          <CopyButton text={asset.id} what="id" />
        </Line>
      </Facts>
    </section>
  );
}

function Preview({ asset }: { asset: Asset }) {
  const url = contentUrl(asset);
  if (url === null) {
    return <div className="preview none"><WarningIcon /><span>No bytes: {asset.state}</span></div>;
  }
  if (asset.kind === 'image') {
    return (
      <a className="preview" href={url} target="_blank" rel="noreferrer" aria-label="Open the picture in a tab of its own">
        <img src={url} alt={nameOf(asset)} width={asset.width ?? undefined} height={asset.height ?? undefined} decoding="async" />
      </a>
    );
  }
  if (asset.kind === 'video') {
    return <div className="preview"><video src={url} controls preload="metadata" playsInline /></div>;
  }
  if (asset.kind === 'audio') {
    return <div className="preview none"><AudioIcon /><audio src={url} controls preload="metadata" /></div>;
  }
  return <div className="preview none"><FileIcon /><span>{asset.contentType}</span></div>;
}

function Making({ generation }: { generation: Generation }) {
  const negative = generation.recipe?.negativePrompt ?? '';
  const facts = recipeFacts(generation);
  return (
    <>
      {generation.status === 'failed' && (
        <p className="problem"><WarningIcon />{failureOf(generation)}</p>
      )}
      {generation.prompt !== '' && <Prompt title="Prompt" text={generation.prompt} what="prompt" />}
      {negative !== '' && <Prompt title="Negative" text={negative} what="negative prompt" />}
      {facts.length > 0 && (
        <section>
          <h3>Recipe</h3>
          <Facts facts={facts} />
        </section>
      )}
    </>
  );
}

function failureOf({ error }: Generation): string {
  if (typeof error === 'string') return `The generation failed: ${error}`;
  return error === null || error === undefined ? 'The generation failed.' : `The generation failed: ${prettyJson(error)}`;
}

function Prompt({ title, text, what }: { title: string; text: string; what: string }) {
  return (
    <section className="prompt">
      <h3>{title}<CopyButton text={text} what={what} /></h3>
      <p>{text}</p>
    </section>
  );
}

function Facts({ facts, children }: { facts: Fact[]; children?: ReactNode }) {
  return (
    <dl>
      {facts.map((fact, index) => (
        <Line key={index} name={fact.name}>
          <span>{fact.value}</span>
          {fact.copy === true && <CopyButton text={fact.value} what={fact.name.toLowerCase()} />}
        </Line>
      ))}
      {children}
    </dl>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Parameters({ generation }: { generation: Generation }) {
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

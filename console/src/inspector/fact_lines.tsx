import type { ReactNode } from 'react';
import { CopyButton } from '../ui/copy';
import type { Fact } from './facts';

export function Facts({ facts, children }: { facts: Fact[]; children?: ReactNode }) {
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

export function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

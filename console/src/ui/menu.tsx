import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { ChevronIcon } from './icons';

interface MenuProps {
  /** What the button says. */
  label: ReactNode;
  /** Names it for people who do not see the label's icon or shortened text. */
  name: string;
  /** Something in it is chosen. */
  active?: boolean;
  className?: string;
  children: ReactNode;
}

/** A button with a panel under it. Esc, a click elsewhere, or the focus leaving it close the panel. */
export function Menu({ label, name, active = false, className = '', children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const whole = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  useEffect(() => {
    if (!open) return;
    const onPointerDown = ({ target }: PointerEvent) => {
      if (!whole.current?.contains(target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div
      ref={whole}
      className={`menu ${className}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.preventDefault();
        close();
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget !== null && !whole.current?.contains(relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className={active ? 'facet active' : 'facet'}
        aria-label={name}
        aria-expanded={open}
        aria-controls={open ? panelId : undefined}
        onClick={() => setOpen(!open)}
      >
        {label}<ChevronIcon />
      </button>
      {open && (
        <div className="panel" id={panelId} role="group" aria-label={name}>
          {children}
        </div>
      )}
    </div>
  );
}
